/**
 * Words that lists of leaked passwords begin with, alone or with a few digits and signs around them.
 * Lower case, at least four letters; written as plain letters.
 */
export const guessedWords: ReadonlySet<string> = new Set(
  `password passwort motdepasse contrasena passord senha secret secreto geheim hallo welcome willkommen
  bienvenue letmein access login admin administrator root superuser sysadmin manager test testing
  tester guest default changeme temp temporary user username master main server service system
  computer internet google facebook twitter linkedin microsoft windows apple samsung android amazon
  qualitypilot quality pilot qwerty qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qwer qazwsx
  iloveyou ilove iloveu loveyou lovely love lover forever family mother father mommy daddy princess
  angel baby babygirl sweetheart sweetie honey sunshine summer winter spring autumn flower butterfly
  rainbow chocolate cookie banana cherry orange peanut pepper ginger cheese pumpkin sunflower
  monkey dragon tiger eagle falcon wolf lion panther cobra dolphin shadow phoenix horse kitty bear
  football baseball basketball soccer hockey tennis golf liverpool arsenal chelsea barcelona juventus
  realmadrid yankees cowboys lakers steelers eagles rangers patriots player champion winner gamer
  superman batman spiderman ironman starwars startrek pokemon naruto gandalf hobbit matrix joker
  ninja samurai hunter killer warrior soldier wizard pirate rocket thunder lightning fire freedom
  peace heaven jesus christ church blessed diamond silver golden money dollar lucky magic mustang
  corvette mercedes ferrari porsche yamaha harley suzuki toyota honda michael michelle jennifer
  jessica jordan joshua daniel andrew anthony matthew robert thomas william george charlie charles
  richard patrick martin victoria samantha amanda nicole ashley alexander alexandra elizabeth
  christopher jonathan benjamin nicholas brandon justin steven maggie buster bailey trustno
  whatever nothing blink blahblah abcd abcdef hello helloworld goodbye yellow purple black white
  green blue america canada france germany italia london paris berlin newyork boston dallas
  september october november december january february monday friday sunday`.split(/\s+/),
);
