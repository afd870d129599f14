-- How many incidents of each repo are open, for the list of all repos: without reading those of the past.

CREATE INDEX incidents_open ON incidents (repo_id) WHERE is_open = 1;
