"""Snapshots of an estate in a folder or an object store, and what changed between them.

An archive consists of two kinds of files, which other programs can read:

- `observations/*.parquet`: the files together have a row for each API group in each snapshot. A merge that was
  interrupted leaves equal rows in two files; `SELECT DISTINCT` is always right.
- `objects/{first two digits of hash}/{hash}-{variant}.{format}.gz`: a document. Where its observation has a `version`,
  the object has `0000-00-00-00:00:00` in its place.

| Column | Type | Content |
|---|---|---|
| `time` | timestamp, UTC | the time of the snapshot |
| `project`, `gateway`, `environment`, `group` | string | key of the export; empty where unknown |
| `gateway_id`, `environment_id`, `group_id` | string | ids; missing for files |
| `received` | timestamp, UTC | when the answer was received; missing for files |
| `hash` | string | canonical hash: equal for equal content; missing if the export failed |
| `variant` | string | tells documents of one hash apart, such as JSON and YAML |
| `format` | string | `json` or `yaml` |
| `version` | string | the time of the export in the document, if it has one |
| `scope` | string | definition scope |
| `operations`, `bytes` | int64 | number of operations, size of the document |
| `request_id` | string | request id of the answer |
| `error` | string | why the export failed |

In DuckDB:

    SELECT "group", count(DISTINCT hash) AS versions FROM 'apig-archive/observations/*.parquet' GROUP BY ALL
"""

from apig_nb.archive.archive import Archive as Archive
