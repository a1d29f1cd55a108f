"""Which files need no look, because no call in them can be one of a factory? Told from bytes for nearly all files.

`sketch` sums up one file, `mentions` looks closer at where suspect names stand in its `code`, `origins` tells where it
has them from, `looks` says what a file does with them, `links` follows what hands a factory on under another name
(`objects` those that are called to get one, `lineage` what a subclass has in the place of its base's, `common` names
that half of a project uses for something else), `spreading` goes on with that until nothing new comes up, and
`suspects` says what came out. The sieve may only be too generous: a run without it gives the same findings, and tests
hold it to that.
"""
