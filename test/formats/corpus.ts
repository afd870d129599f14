import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from '../../src/domain/model.ts';

/**
 * What is expected of reports written by other projects. The files are no part of this one: they
 * lie in the folder that QUALITYPILOT_CORPUS names, or beside the checkout. The numbers were read
 * from the files themselves, with another parser and by eye.
 */
export const corpus =
  process.env.QUALITYPILOT_CORPUS ?? join(import.meta.dirname, '../../../shared/data');
export const hasCorpus = existsSync(join(corpus, 'junit'));

const failedInParallel = [
  'TestNestedParallelFailures',
  'TestNestedParallelFailures/a',
  'TestNestedParallelFailures/b',
  'TestNestedParallelFailures/c',
  'TestNestedParallelFailures/d',
  'TestParallelTheFirst',
  'TestParallelTheSecond',
  'TestParallelTheThird',
];

const failedOfStub = [
  '(package)',
  'TestFailed',
  'TestFailedWithStderr',
  'TestNestedWithFailure',
  'TestNestedWithFailure/c',
];

const failedOfAll = [
  '(package)',
  'TestFailed',
  'TestFailedWithStderr',
  'TestNestedParallelFailures',
  'TestNestedParallelFailures/a',
  'TestNestedParallelFailures/b',
  'TestNestedParallelFailures/c',
  'TestNestedParallelFailures/d',
  'TestNestedWithFailure',
  'TestNestedWithFailure/c',
  'TestParallelTheFirst',
  'TestParallelTheSecond',
  'TestParallelTheThird',
];

/** passed/failed/skipped/flaky of every JUnit file, or the code it is refused with. */
export const junitCounts: Record<string, string> = {
  'allure2/TEST-org.allurefw.report.junit.JunitTestResultsTest.xml': '3/1/1/0',
  'allure2/TEST-status-attribute.xml': '1/0/2/0',
  'allure2/TEST-test.CdataMessage.xml': '1/1/0/0',
  'allure2/TEST-test.PropertiesTest.xml': '1/0/0/0',
  'allure2/TEST-test.RetryTest.xml': '0/1/0/0',
  'allure2/TEST-test.SampleTest.xml': '1/0/0/0',
  'allure2/invalid.xml': 'not_junit',
  'allure2/path-traversal.xml': '1/0/0/0',
  'allure2/testsuites.xml': '1/1/1/0',
  'allure2/with-timestamp.xml': '1/0/0/0',
  'allure2/zulu-timestamp.xml': '2/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stderr/invalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stderr/missing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stderr/wellDefined.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stdout/invalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stdout/missing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/attachments/stdout/wellDefined.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/durations/integer.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/durations/invalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/durations/roundDown.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/durations/roundUp.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/empty.xml': '0/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/fullNames/classnameInvalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/fullNames/classnameMissing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/fullNames/nameInvalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/fullNames/nameMissing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/fullNames/wellDefined.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/invalid.xml': 'not_junit',
  'allure3/packages/reader/test/resources/junitxmldata/labels/packages/suitePackageInvalid.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/packages/suitePackageMissing.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/packages/wellDefinedWithOneTestCase.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/packages/wellDefinedWithTwoTestCases.xml':
    '2/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/aggregatedPackageInvalid.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/aggregatedPackageMissing.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/suiteNameInvalid.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/suiteNameMissing.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/wellDefinedAggregated.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/wellDefinedWithOneTestCase.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/suites/wellDefinedWithTwoTestCases.xml':
    '2/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/testClasses/invalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/testClasses/missing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/labels/testClasses/wellDefined.xml':
    '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/names/invalid.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/names/missing.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/names/wellDefined.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/sample-suites.xml': '4/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/sample.xml': '2/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/single-suites.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/single.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/contentMissing.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/empty.xml': '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/messageInvalid.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/messageMissing.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/wellDefined.xml': '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/failure/contentMissing.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/failure/empty.xml': '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/failure/messageInvalid.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/failure/messageMissing.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/failure/wellDefined.xml': '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/passed.xml': '1/0/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/priorities/errorSkipped.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/priorities/failureErrorSkipped.xml':
    '0/1/0/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/skipped/contentMissing.xml':
    '0/0/1/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/skipped/empty.xml': '0/0/1/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/skipped/messageInvalid.xml':
    '0/0/1/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/skipped/messageMissing.xml':
    '0/0/1/0',
  'allure3/packages/reader/test/resources/junitxmldata/statuses/skipped/wellDefined.xml': '0/0/1/0',
  'allure3/packages/reader/test/resources/junitxmldata/wrong-type.xml': '0/0/0/0',
  'dorny-test-reporter/dotnet-nunit.xml': 'not_junit',
  'dorny-test-reporter/empty/java-junit.xml': '0/0/0/0',
  'dorny-test-reporter/empty/jest-junit-empty-testsuite.xml': '0/0/0/0',
  'dorny-test-reporter/empty/jest-junit.xml': '0/0/0/0',
  'dorny-test-reporter/empty/phpunit-empty.xml': '0/0/0/0',
  'dorny-test-reporter/external/java/TEST-org.apache.pulsar.AddMissingPatchVersionTest.xml':
    '0/1/1/0',
  'dorny-test-reporter/external/java/empty_failures.xml': '2/1/0/0',
  'dorny-test-reporter/external/java/junit4-basic.xml': '5/1/0/0',
  'dorny-test-reporter/external/java/junit4-complete.xml': '5/2/1/0',
  'dorny-test-reporter/external/java/pulsar-test-report.xml': '793/1/14/0',
  'dorny-test-reporter/external/jest/jest-react-component-test-results.xml': '1/0/0/0',
  'dorny-test-reporter/external/jest/jest-test-results.xml': '4207/2/30/0',
  'dorny-test-reporter/external/nunit-sample.xml': 'not_junit',
  'dorny-test-reporter/external/phpunit/junit-basic.xml': '8/1/0/0',
  'dorny-test-reporter/external/phpunit/phpcheckstyle-phpunit.xml': '28/2/0/0',
  'dorny-test-reporter/jest-junit-eslint.xml': '1/0/0/0',
  'dorny-test-reporter/jest-junit.xml': '1/4/1/0',
  'dorny-test-reporter/junit-with-message.xml': '0/1/0/0',
  'dorny-test-reporter/nette-tester/BootstrapFormRenderer-report.xml': '4/0/0/0',
  'dorny-test-reporter/nette-tester/tester-v1.7-report.xml': '61/1/3/0',
  'dorny-test-reporter/phpunit/phpunit-paths.xml': '0/6/0/0',
  'dorny-test-reporter/phpunit/phpunit.xml': '10/2/0/0',
  'dorny-test-reporter/python-xunit-pytest.xml': '6/2/2/0',
  'dorny-test-reporter/python-xunit-unittest.xml': '4/2/2/0',
  'dorny-test-reporter/swift-xunit.xml': '2/1/0/0',
  'dorny-test-reporter/test-errors/jest/jest-test-results.xml': '0/2/0/0',
  'go-junit/catchsoftware.xml': '1/1/1/0',
  'go-junit/cubic.xml': '0/1/0/0',
  'go-junit/fastlane-trainer.xml': '2/2/0/0',
  'go-junit/go-junit-report-skipped.xml': '1/0/1/0',
  'go-junit/go-junit-report.xml': '3/1/0/0',
  'go-junit/ibm.xml': '0/1/0/0',
  'go-junit/jenkinsci.xml': '6/0/0/0',
  'go-junit/nose2.xml': '18/6/1/0',
  'go-junit/phpunit.xml': '4/3/0/0',
  'go-junit/python-junit-xml.xml': '1/0/0/0',
  'go-junit/surefire.xml': '0/1/0/0',
  'junit-to-ctrf/not-junit.xml': 'not_junit',
  'junit-to-ctrf/test-junit-nested.xml': '7/2/1/0',
  'junit-to-ctrf/test-junit-problem-string.xml': '2/3/1/1',
  'junit-to-ctrf/test-junit.xml': '7/2/1/0',
  'junit-to-ctrf/test-minitest-junit.xml': '33/0/0/0',
  'junit-to-ctrf/test-surefire-flaky.xml': '0/0/0/1',
  'junit-to-ctrf/test-surefire-retry.xml': '0/1/0/0',
  'junit-to-ctrf/test-surefire.xml': '6/3/1/0',
  'maven-surefire/TEST-AntUnit.xml': '1/0/0/0',
  'maven-surefire/TEST-NoPackageTest.xml': '0/3/0/0',
  'maven-surefire/TEST-NoTimeTestCaseTest.xml': '8/0/0/0',
  'maven-surefire/TEST-classWithNoTests.NoMethodsTestCase.xml': '0/0/0/0',
  'maven-surefire/TEST-com.shape.CircleTest.xml': '6/2/0/0',
  'maven-surefire/TEST-com.shape.PointTest.xml': '2/1/0/0',
  'maven-surefire/TEST-junit.twoTestCaseSuite.WrapperTestSuite.xml': '2/0/0/0',
  'maven-surefire/TEST-org.acme.FlakyTest.xml': '1/0/0/1',
  'maven-surefire/TEST-org.apache.maven.surefire.test.FailingTest.xml': '0/2/0/0',
  'maven-surefire/TEST-surefire.MyTest-enclosed-trimStackTrace.xml': '0/1/0/0',
  'maven-surefire/TEST-surefire.MyTest-enclosed.xml': '0/1/0/0',
  'maven-surefire/TEST-surefire.MyTest-nestedClass-trimStackTrace.xml': '0/1/0/0',
  'maven-surefire/TEST-surefire.MyTest-nestedClass.xml': '0/1/0/0',
  'maven-surefire/TEST-surefire.MyTest.xml': '0/1/0/0',
  'maven-surefire/TEST-umlautTest.BasicTest.xml': '1/0/0/0',
  'mikepenz-action-junit-report/catch2/report.xml': '0/1/0/0',
  'mikepenz-action-junit-report/container-structure/test.xml': '3/0/0/0',
  'mikepenz-action-junit-report/corrupt-junit/e2e-tests/corrupt/target/sf-reports/TEST-test.CorruptTest.xml':
    '0/0/0/0',
  'mikepenz-action-junit-report/cunit/testEmpty.xml': '0/0/0/0',
  'mikepenz-action-junit-report/cunit/testFailure.xml': '3/1/0/0',
  'mikepenz-action-junit-report/flaky_retries/flaky_all_failures.xml': '0/1/0/0',
  'mikepenz-action-junit-report/flaky_retries/flaky_success_first.xml': '0/1/0/0',
  'mikepenz-action-junit-report/flaky_retries/flaky_with_classname_file.xml': '2/0/0/1',
  'mikepenz-action-junit-report/issues/testDisabled.xml': '6/6/10/0',
  'mikepenz-action-junit-report/issues/testFailedDisabled.xml': '0/0/1/0',
  'mikepenz-action-junit-report/junit-server-test/report.xml': '1/0/1/1',
  'mikepenz-action-junit-report/junit-web-test/expected.xml': '4/1/1/0',
  'mikepenz-action-junit-report/junit-web-test/expectedRetries.xml': '4/1/1/1',
  'mikepenz-action-junit-report/junit_flaky_failure/marathon_junit_report.xml': '0/0/0/1',
  'mikepenz-action-junit-report/junit_flaky_failure/mixed_flaky_and_passed.xml': '2/0/0/1',
  'mikepenz-action-junit-report/marathon_tests/com.mikepenz.DummyTest#test_02_dummy.xml': '1/0/0/0',
  'mikepenz-action-junit-report/marathon_tests/com.mikepenz.DummyTest3#test_01.xml': '0/1/0/0',
  'mikepenz-action-junit-report/marathon_tests/com.mikepenz.DummyUtilTest#test_01_dummy.xml':
    '0/1/0/0',
  'mikepenz-action-junit-report/maven_surefire_flaky/surefire-report.xml': '0/0/0/1',
  'mikepenz-action-junit-report/mocha/mocha.xml': '1/0/0/0',
  'mikepenz-action-junit-report/multiple/test_10.xml': '3/0/0/0',
  'mikepenz-action-junit-report/multiple/test_11.xml': '2/1/0/0',
  'mikepenz-action-junit-report/multiple/test_12.xml': '2/0/1/0',
  'mikepenz-action-junit-report/multiple_failures/test_multiple_errors.xml': '1/2/0/0',
  'mikepenz-action-junit-report/multiple_failures/test_multiple_failures.xml': '1/2/1/0',
  'mikepenz-action-junit-report/nested/junit.xml': '2/3/0/0',
  'mikepenz-action-junit-report/nested/multi-level.xml': '3/0/0/0',
  'mikepenz-action-junit-report/nextest/basic.xml': '2/1/0/0',
  'mikepenz-action-junit-report/perl/result.xml': '1/0/0/0',
  'mikepenz-action-junit-report/python/report.xml': '1/2/0/0',
  'mikepenz-action-junit-report/python/report_flaky.xml': '2/2/0/0',
  'mikepenz-action-junit-report/tests/email/pom.xml': 'not_junit',
  'mikepenz-action-junit-report/tests/email/target/surefire-reports/TEST-action.surefire.report.email.EmailAddressTest.xml':
    '2/7/0/0',
  'mikepenz-action-junit-report/tests/pom.xml': 'not_junit',
  'mikepenz-action-junit-report/tests/utils/pom.xml': 'not_junit',
  'mikepenz-action-junit-report/tests/utils/target/surefire-reports/TEST-action.surefire.report.calc.AllOkTest.xml':
    '1/0/0/0',
  'mikepenz-action-junit-report/tests/utils/target/surefire-reports/TEST-action.surefire.report.calc.CalcUtilsTest.xml':
    '0/2/0/0',
  'mikepenz-action-junit-report/tests/utils/target/surefire-reports/TEST-action.surefire.report.calc.StringUtilsTest.xml':
    '2/2/1/0',
  'mikepenz-action-junit-report/xunit/report.xml': '3/1/0/0',
  'mikepenz-action-junit-report/xunit/report_fl_on_f.xml': '3/1/0/0',
  'nextest/fixture-project-junit.xml': '1/1/0/1',
  'nextest/setup-script-junit.xml': '1/0/0/0',
  'nextest/stress-test-junit.xml': '2/0/0/0',
};

/** Cases worth a look, by file: where in it, and what is expected of it. */
export const junitCases: Record<string, Record<string, Partial<Case>>> = {
  'allure2/TEST-test.RetryTest.xml': {
    0: {
      suite: 'my.company.tests.SearchTest',
      name: 'searchTest',
      status: 'failed',
      attempts: 4,
      errorMessage: 'java.lang.IllegalStateException: message-root',
      stack: 'trace-root',
    },
  },
  'allure2/TEST-status-attribute.xml': { 1: { name: 'skipped by attribute', status: 'skipped' } },
  'allure2/TEST-test.CdataMessage.xml': {
    0: { errorMessage: 'some-message', stack: 'some-trace' },
  },
  'allure2/path-traversal.xml': { 0: { suite: 'test.SampleTest', className: '../secret-file' } },
  'allure3/packages/reader/test/resources/junitxmldata/durations/roundUp.xml': {
    0: { durationMs: 1001, name: '(unnamed #1)', suite: '' },
  },
  'allure3/packages/reader/test/resources/junitxmldata/statuses/error/messageInvalid.xml': {
    0: { status: 'failed', errorMessage: 'foo' },
  },
  'allure3/packages/reader/test/resources/junitxmldata/statuses/priorities/failureErrorSkipped.xml':
    {
      0: { status: 'failed' },
    },
  'dorny-test-reporter/jest-junit.xml': {
    0: { suite: '__tests__\\main.test.js', name: 'Passing test', durationMs: 1 },
    1: {
      name: 'Failing test',
      className: 'Test 1 › Test 1.1',
      errorMessage: 'Error: expect(received).toBeTruthy()\n\nReceived: false',
    },
  },
  'dorny-test-reporter/external/java/TEST-org.apache.pulsar.AddMissingPatchVersionTest.xml': {
    0: { name: 'testVersionStrings', status: 'skipped', attempts: 1 },
    1: { name: 'testVersionStrings', status: 'failed', attempts: 1 },
  },
  'dorny-test-reporter/python-xunit-pytest.xml': {
    4: {
      suite: 'tests.test_lib',
      name: 'test_always_skip',
      status: 'skipped',
      errorMessage: 'skipped',
    },
    9: { suite: 'custom_classname', name: 'test_with_record_xml_attribute' },
  },
  'dorny-test-reporter/phpunit/phpunit-paths.xml': {
    0: { errorMessage: 'Exception: Boom', file: '/home/runner/work/repo/src/Fake.php', line: 42 },
  },
  'go-junit/phpunit.xml': {
    1: {
      suite: '/untitled/tests > SampleTest > SampleTest::testB',
      name: 'testB with data set "bool"',
      status: 'failed',
      line: 16,
    },
  },
  'go-junit/surefire.xml': { 0: { durationMs: 1234560, status: 'failed' } },
  'go-junit/cubic.xml': { 0: { name: '(unnamed #1)', status: 'failed', durationMs: null } },
  'go-junit/nose2.xml': {
    0: { suite: 'pkg1.test.test_things', name: 'test_gen:1' },
    15: { suite: '', name: 'test_fixt', className: null },
  },
  'junit-to-ctrf/test-junit-nested.xml': {
    0: { suite: 'com.example.AllTests > com.example.UnitTests', name: 'testAddition' },
  },
  'junit-to-ctrf/test-junit-problem-string.xml': {
    0: { file: 'CalculatorTests.java', line: 23 },
    2: {
      errorMessage: 'org.opentest4j.AssertionFailedError: Expected 10 but was 9',
    },
    4: { name: 'flakyThenPasses', status: 'flaky', attempts: 3 },
    5: { suite: 'com.example.RetryTests', status: 'failed', attempts: 3 },
  },
  'junit-to-ctrf/test-surefire-flaky.xml': {
    0: {
      status: 'flaky',
      attempts: 3,
      errorMessage:
        'Run 1 failed: expected true but was false\nRun 2 failed: expected true but was false',
    },
  },
  'junit-to-ctrf/test-surefire-retry.xml': {
    0: {
      status: 'failed',
      attempts: 3,
      errorMessage: 'java.lang.AssertionError: expected true but was false',
    },
  },
  'maven-surefire/TEST-org.acme.FlakyTest.xml': {
    0: { name: 'testFlaky', status: 'flaky', attempts: 5, durationMs: 34 },
    1: { name: 'testStable', status: 'passed', attempts: 1 },
  },
  'mikepenz-action-junit-report/catch2/report.xml': {
    0: { file: 'test/unit/detail/utility/is_constant_evaluated.cpp', line: 19 },
  },
  'mikepenz-action-junit-report/container-structure/test.xml': {
    0: { durationMs: null },
    1: { durationMs: 0 },
  },
  'mikepenz-action-junit-report/flaky_retries/flaky_all_failures.xml': {
    0: { status: 'failed', attempts: 3, errorMessage: 'third error' },
  },
  'mikepenz-action-junit-report/flaky_retries/flaky_success_first.xml': {
    0: { status: 'failed', attempts: 3, errorMessage: 'later error' },
  },
  'mikepenz-action-junit-report/flaky_retries/flaky_with_classname_file.xml': {
    0: {
      name: 'test_foo',
      status: 'flaky',
      attempts: 3,
      errorMessage: 'it broke',
      durationMs: 1842,
    },
    1: { name: 'test_foo', className: 'test_bar.TestBar', status: 'passed', attempts: 1 },
  },
  'mikepenz-action-junit-report/issues/testFailedDisabled.xml': { 0: { status: 'skipped' } },
  'mikepenz-action-junit-report/junit-server-test/report.xml': {
    0: { name: 'TestWebSocketReconnectRace', status: 'flaky', attempts: 2, durationMs: 7780 },
  },
  'mikepenz-action-junit-report/junit-web-test/expected.xml': { 0: { durationMs: null } },
  'mikepenz-action-junit-report/junit-web-test/expectedRetries.xml': {
    4: { name: 'retried flaky test', status: 'flaky', attempts: 2 },
  },
  'mikepenz-action-junit-report/junit_flaky_failure/marathon_junit_report.xml': {
    0: { status: 'flaky', attempts: 2, errorMessage: 'junit.framework.AssertionFailedError' },
  },
  'mikepenz-action-junit-report/multiple_failures/test_multiple_failures.xml': {
    0: {
      status: 'failed',
      attempts: 1,
      errorMessage:
        'AssertionError: First assertion failed\nAssertionError: Second assertion failed\nIllegalStateException: Third assertion failed',
    },
  },
  'mikepenz-action-junit-report/nested/junit.xml': {
    0: { suite: 'All tests > tests > packet > TestA', name: 'A', status: 'failed' },
    4: { suite: 'All tests > tests > packet', name: 'A', durationMs: 50_000 },
  },
  'mikepenz-action-junit-report/perl/result.xml': { 0: { name: 'L123: ...', durationMs: 0 } },
  'mikepenz-action-junit-report/python/report.xml': { 0: { suite: 'python.test_sample' } },
  'mikepenz-action-junit-report/xunit/report_fl_on_f.xml': { 2: { file: 'main.c', line: 38 } },
  'nextest/fixture-project-junit.xml': {
    1: { name: 'test_failure_assert', status: 'failed', attempts: 3 },
    2: { name: 'test_flaky_mod_4', status: 'flaky', attempts: 4 },
  },
  'nextest/stress-test-junit.xml': {
    0: { suite: 'nextest-filtering::match', name: 'test_expr_deps', attempts: 2 },
  },
};

/** Warnings beside `counts_differ`, which comes and goes with what the attributes claim. */
export const junitWarnings: Record<string, string[]> = {
  'dorny-test-reporter/empty/jest-junit.xml': ['no_cases'],
  'go-junit/cubic.xml': ['time_unreadable'],
  'mikepenz-action-junit-report/container-structure/test.xml': ['time_unreadable'],
  'mikepenz-action-junit-report/junit-web-test/expected.xml': ['time_unreadable'],
  'mikepenz-action-junit-report/corrupt-junit/e2e-tests/corrupt/target/sf-reports/TEST-test.CorruptTest.xml':
    ['no_cases', 'partial_file'],
};

/** Duration of the run and its start. */
export const junitTimes: Record<string, [number | null, string | null]> = {
  'allure2/with-timestamp.xml': [391_212, '2017-10-05T10:36:22.999Z'],
  'allure2/zulu-timestamp.xml': [457_675, '2018-05-06T07:41:51.000Z'],
  'dorny-test-reporter/empty/java-junit.xml': [116, '2021-03-07T10:36:56.000Z'],
  'dorny-test-reporter/python-xunit-pytest.xml': [19, '2025-11-15T16:51:49.548Z'],
  'dorny-test-reporter/test-errors/jest/jest-test-results.xml': [646, null],
  'go-junit/python-junit-xml.xml': [123_345, null],
  'mikepenz-action-junit-report/container-structure/test.xml': [0, null],
  'mikepenz-action-junit-report/nested/junit.xml': [150_000, null],
  'nextest/fixture-project-junit.xml': [23, '2024-01-09T07:50:12.664Z'],
};

/** Streams of go test -json: passed/failed/skipped/flaky, and names of what failed or was lost. */
export const goTests: Record<string, { counts: string; failed: string[] }> = {
  'go-test-json-misattributed.out': { counts: '4/1/0/0', failed: ['TestOutputWithSubtest'] },
  'go-test-json-missing-skip-msg.out': { counts: '40/0/2/0', failed: [] },
  'go-test-json-missing-test-fail.out': { counts: '0/1/0/0', failed: ['TestWaitOn_WithCompare'] },
  'go-test-json-with-attributes.out': { counts: '1/0/0/0', failed: [] },
  'go-test-json-with-cover-go1.20.out': { counts: '42/13/5/0', failed: failedOfAll },
  'go-test-json-with-cover.out': { counts: '38/5/4/0', failed: failedOfStub },
  'go-test-json-with-parallel-fails.out': { counts: '4/8/0/0', failed: failedInParallel },
  'go-test-json-with-shuffle.out': { counts: '42/13/5/0', failed: failedOfAll },
  'go-test-json.out': { counts: '42/13/5/0', failed: failedOfAll },
};
