"""`Archive`: snapshots of an estate, and what changed between them."""

from __future__ import annotations

import difflib
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apig_nb.archive.documents import Document, Packed, pack
from apig_nb.archive.exports import export_set, key_of
from apig_nb.archive.moments import Moment, read_moment
from apig_nb.archive.observations import KEY, PLACE, Observations, records
from apig_nb.archive.snapshots import at_last, documents_in, versions
from apig_nb.archive.store import Store
from apig_nb.archive.timeline import changes_of, without_publication
from apig_nb.engines import Progress, in_order, no_progress
from apig_nb.errors import ArgumentError, DocumentError, NameLookupError, clear_variables
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.files import write_whole
from apig_nb.report import SEVERITIES, Entry, timeline_feed, timeline_page

if TYPE_CHECKING:
    from pandas import DataFrame

_AT_ONCE: Final = 100
"""Objects that are read or written at once."""


class Archive:
    """Snapshots of all exports of an organisation, in a folder or an object store.

        archive = apig.Archive("apig-archive")
        archive.add(client.export_many(client.requests(env="RELEASE", define="all")))
        archive.timeline(group="orders")

    A snapshot has all API groups of each *place*, which is an environment of a gateway: a group that the next snapshot
    of the place has neither as an export nor as a failure was deleted. A place that a set does not have at all stays as
    it was. Sets that are added with the same time are one snapshot. Files do not tell their project: where a set or the
    archive does not know it, gateway and environment tell the place.

    Several processes can use an archive at the same time. Where adding a set ends early, because the process is killed
    or the disk is full, nothing of the set is in the archive, and it can be added again.
    """

    def __init__(self, url: str | os.PathLike[str], storage_options: Mapping[str, Any] | None = None) -> None:
        """Open an archive; where there are no files yet, it is empty.

        Args:
            url: a folder, or a URL that fsspec knows, such as `s3://bucket/folder` or `memory://archive`.
            storage_options: options of fsspec for URLs of this kind, such as `{"endpoint_url":
                "https://obs.example.com"}` for another service than Amazon's. Keys need not be among them: they are
                found where other tools for these URLs find them, such as in the environment. A pickled export of
                `at` holds them, as another process reads it.

        Raises:
            ArgumentError: the URL is empty.
            MissingExtraError: the packages for archives are not installed.
            ImportError: the package for URLs of this kind is not installed; the message names it.
            ValueError: fsspec does not know URLs of this kind.
            OSError: the files cannot be reached. All methods raise it, in place of the errors of such a package, whose
                texts and variables may hold passwords.
        """
        if not os.fspath(url).strip():
            # It would be the working folder; a variable of a shell may be empty.
            raise ArgumentError("url", None, "must name a folder, or be a URL that fsspec knows")
        # A URL may have a password, or a token in its query.
        self._name = re.sub(r"(://[^?]*)\?[^:]*", r"\1", re.sub("//[^/]*@", "//", os.fspath(url)))
        try:
            self._store = Store(url, storage_options or {})
        except BaseException as error:
            # So may the options, and a traceback may show local variables.
            del url, storage_options
            clear_variables(error)
            raise
        self._observations = Observations(self._store)

    def __repr__(self) -> str:
        return f"<Archive {self._name!r}>"

    def add(
        self,
        exports: ExportSet,
        time: Moment | None = None,
        *,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> datetime:
        """Add a set of exports as a snapshot; only documents that are new are written.

            archive.add(apig.load_many("exports-of-november"), time="2026-11-30")

        A set that is added again with the same time is added once, so that the call can be repeated.

        Args:
            exports: the exports of all groups of one or more places; failures count as groups that did not change.
            time: the time of the snapshot; the current time if it is not given.
            executor: reads the documents; this thread without it. What a worker could not finish is done again here.
            progress: called with the number of documents that were read, and of all of them, again and again until the
                snapshot is written; an exception of it ends the call, and nothing is added.

        Returns:
            The time of the snapshot, for `at`.

        Raises:
            ArgumentError: the set is empty, has files that could not be read, or has another document of a group than
                the archive has at this time.
            DocumentError: a document cannot be read; nothing was added.
            OSError: a file cannot be written; nothing was added.
        """
        moment = datetime.now(UTC) if time is None else read_moment("time", time)
        if files := [name for name in exports.failures if not isinstance(name, ExportKey)]:
            # Their groups would count as deleted.
            raise ArgumentError("exports", None, f"has files that could not be read: {', '.join(files)}")
        if not exports and not exports.lacking:
            raise ArgumentError("exports", None, "must contain at least one export")
        self._observations.merge()
        known = self._observations.read("hash", "variant", "format")
        keys = _known_keys(known, [*exports, *exports.lacking])
        given = {keys[key]: export for key, export in exports.items()}
        report = progress or no_progress
        packed = dict(_pack_all(given, executor, report))
        _check_new(known[known["time"] == moment], packed)
        objects = {one.document.object: one.content for one in packed.values()}
        # An object that no observation names may be one that another process was writing when it was killed.
        new = objects.keys() - {document.object for document, _ in documents_in(known)}
        names = sorted(new)
        for start in range(0, len(names), _AT_ONCE):
            report(len(given), len(given))
            self._store.write({name: objects[name] for name in names[start : start + _AT_ONCE]})
        rows = [_row(key, given[key], one) for key, one in packed.items()]
        rows += [{**keys[key]._asdict(), "error": reason} for key, reason in exports.lacking.items()]
        report(len(given), len(given))
        self._observations.add([{"time": moment, **row} for row in rows])
        return moment

    @property
    def snapshots(self) -> DataFrame:
        """The snapshots: one row per time and place.

        Columns: time; project, gateway, environment; groups (number of exports), failures (number of groups whose
        export failed), operations, bytes (of all documents). Times are `datetime64[us, UTC]`, numbers `Int64`, all
        others `str`.
        """
        rows = self._observations.read("hash", "error", "operations", "bytes")
        places = rows.groupby(["time", *PLACE])
        table = places.agg(
            groups=("hash", "count"),
            failures=("error", "count"),
            operations=("operations", "sum"),
            bytes=("bytes", "sum"),
        )
        return table.astype("Int64").reset_index()

    def at(self, time: Moment, *, progress: Progress | None = None) -> ExportSet:
        """Return the estate as it was: the last snapshot of each place at this time or before.

        A document is read when it is used. `failures` has the groups whose export failed then.

        Args:
            time: a time; a day means its end.
            progress: called with the number of files that were read, and of all of them, again and again; an exception
                of it ends the call.

        Raises:
            ArgumentError: there is no snapshot at this time or before.
        """
        moment = read_moment("time", time, end_of_day=True)
        report = progress or no_progress
        known = self._observations.read("time", progress=lambda *_: report(0, 0))
        last = at_last(known[known["time"] <= moment])
        if last.empty:
            first = f"; the first one is of {known['time'].min():%Y-%m-%d %H:%M:%S} UTC" if len(known) else ""
            raise ArgumentError("time", str(time), f"there is no snapshot at this time or before{first}")
        rows = self._observations.read(times=last["time"].unique(), progress=report)
        return export_set(self._store, rows.merge(last[[*KEY, "time"]]))

    def timeline(
        self,
        *,
        since: Moment | None = None,
        group: str | None = None,
        severity: str | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> DataFrame:
        """Return the changes between each snapshot and the one before, sorted by time.

            archive.timeline(since="2026-11-01", severity="warning")

        The first snapshot of a place has no changes. A group whose export failed is compared when it is there again.

        Args:
            since: a time, or the first day; all changes, if it is not given.
            group: the name of a group; all groups, if it is not given.
            severity: the least severity: `breaking`, `warning` or `info`.
            executor: compares the documents; this thread without it. What a worker could not finish is done again here.
            progress: called with the number of snapshots that were compared with the one before, and of all of them,
                again and again; an exception of it ends the call.

        Returns:
            One row per change: time (of the snapshot that shows it first), previous (time of the one before), both
            `datetime64[us, UTC]`; then the columns of `changes` of a comparison of two sets. A group that is new or
            deleted is a change of the rule `group-added` or `group-removed`.

        Raises:
            ArgumentError: a time or the severity is invalid.
            NameLookupError: the archive has no such group.
            DocumentError: a document is missing or damaged.
        """
        if severity not in (None, *SEVERITIES):
            raise ArgumentError("severity", severity, "is not a severity", SEVERITIES)
        changes = self._changes(since, group, executor, progress)
        least = len(SEVERITIES) if severity is None else SEVERITIES.index(severity) + 1
        return changes[changes["severity"].isin(SEVERITIES[:least])].reset_index(drop=True)

    def drift(
        self,
        *,
        since: Moment | None = None,
        group: str | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> DataFrame:
        """Return the changes of policies that seem to be made without a publication, sorted by time.

        Throttling policies, access control policies and plug-ins act at once when they are bound, unbound or changed;
        an API is not published for it. Other changes of an API act when it is published. An export does not say when
        that was, so a change of a policy counts as drift for those of its operations that did not change otherwise
        between the two snapshots. An API that was published without a change in between cannot be told apart.

        Source: https://support.huaweicloud.com/intl/en-us/ae-ad-1-usermanual-apig/apig_03_0019.html

        Args:
            since: as of `timeline`.
            group: as of `timeline`.
            executor: as of `timeline`.
            progress: as of `timeline`.

        Returns:
            Rows and columns of `timeline`; `operations` has only those that drifted.

        Raises:
            Exception: as of `timeline`.
        """
        return without_publication(self._changes(since, group, executor, progress))

    def save(self, changes: DataFrame, path: str | os.PathLike[str]) -> Path:
        """Write changes of `timeline` or `drift`; the ending of the name chooses an `.html` page or an `.atom` feed.

        The page has no scripts and loads nothing; in the feed, a change always has the same id.

            archive.save(archive.timeline(since="2026-11-01"), "november.html")

        Raises:
            ArgumentError: the name has another ending.
            OSError: the file cannot be written; an existing file is unchanged.
        """
        target, title = Path(path), f"Changes in {self._name}"
        entries = [_entry(record) for record in records(changes)]
        if target.suffix == ".html":
            text = timeline_page(title, entries)
        elif target.suffix == ".atom":
            updated = self._observations.read("time")["time"].max()
            text = timeline_feed(title, entries, updated)
        else:
            raise ArgumentError("path", str(path), "has an unknown ending", (".html", ".atom"))
        write_whole(target, text.encode("utf-8", "replace"))
        return target

    def _changes(
        self, since: Moment | None, group: str | None, executor: Executor | None, progress: Progress | None
    ) -> DataFrame:
        first = None if since is None else read_moment("since", since)
        report = progress or no_progress
        rows = self._observations.read(progress=lambda *_: report(0, 0))
        if group is not None:
            _of_group(rows, group)
        return changes_of(self._store, rows, since=first, group=group, executor=executor, progress=report)

    def history(self, group: str | None = None, *, progress: Progress | None = None) -> DataFrame:
        """Return the documents that each group had, in the order of time.

        Args:
            group: the name of a group; all groups, if it is not given.
            progress: as of `at`.

        Returns:
            One row for each document and the time it stayed: project, gateway, environment, group; first and last (the
            times of the first and the last snapshot with it), snapshots (their number), hash (the canonical hash, the
            same for documents of the same content), operations, bytes. Times are `datetime64[us, UTC]`, numbers
            `Int64`, all others `str`. A document that is there again after another one, or after the group was
            deleted, has another row.

        Raises:
            NameLookupError: the archive has no such group.
        """
        return _of_group(versions(self._observations.read(progress=progress or no_progress)), group)

    def verify(self) -> DataFrame:
        """Read every file, and return those that are missing or damaged; without rows, the archive is whole.

        Columns: file, problem (`missing`, `damaged`), both `str`; observations (`Int64`, the number of observations
        that need an object; missing for a file of observations).
        """
        import pandas as pd  # slow to import

        rows, damaged = self._observations.read_undamaged()
        found: list[tuple[str, str, int | None]] = [(name, "damaged", None) for name in damaged]
        needed = list(documents_in(rows))
        for start in range(0, len(needed), _AT_ONCE):
            some = needed[start : start + _AT_ONCE]
            contents = self._store.read([document.object for document, _ in some])
            for (document, count), content in zip(some, contents, strict=True):
                if problem := _problem(document, content):
                    found.append((document.object, problem, count))
        columns = {"file": "str", "problem": "str", "observations": "Int64"}
        return pd.DataFrame(found, columns=list(columns)).astype(columns)


def _known_keys(known: DataFrame, keys: Sequence[ExportKey]) -> dict[ExportKey, ExportKey]:
    """Return the keys under which an archive has the places of a set.

    A set from files has no project. Where either side does not know it, the place of the same gateway and environment
    is meant, unless there are several.
    """
    archived, own = defaultdict(set), defaultdict(set)
    for project, *place in known[PLACE].drop_duplicates().itertuples(index=False):
        archived[tuple(place)].add(project)
    for project, *place, _ in keys:
        own[tuple(place)].add(project)

    def known_key(key: ExportKey) -> ExportKey:
        projects, own_projects = archived[key.gateway, key.environment], own[key.gateway, key.environment]
        if len(projects) == len(own_projects) == 1 and "" in projects | own_projects:
            (project,) = projects
            return key._replace(project=project)
        return key

    return {key: known_key(key) for key in keys}


def _pack_all(
    exports: Mapping[ExportKey, Export], executor: Executor | None, progress: Progress
) -> Iterator[tuple[ExportKey, Packed]]:
    """Pack each document; an error names its group."""
    packed = in_order(executor, pack, [export.raw for export in exports.values()])
    for number, key in enumerate(exports, 1):
        try:
            yield key, next(packed)
        except DocumentError as error:
            raise DocumentError(f"{key}: {error}") from error
        progress(number, len(exports))


def _check_new(known: DataFrame, packed: Mapping[ExportKey, Packed]) -> None:
    """Refuse documents that differ from those known at the same time."""
    for record in records(known):
        new = packed.get(key_of(record))
        if new is not None and record["hash"] not in (None, new.document.hash):
            raise ArgumentError("time", f"{record['time']}", f"the archive has another document of {key_of(record)}")


def _row(key: ExportKey, export: Export, packed: Packed) -> dict[str, Any]:
    request = export.request
    return {
        **key._asdict(),
        "gateway_id": request and request.instance_id,
        "environment_id": request and request.env_id,
        "group_id": request and request.group_id,
        "received": export.time,
        **packed.document._asdict(),
        "scope": export.scope,
        "operations": packed.operations,
        "bytes": export.size,
        "request_id": export.request_id or None,
    }


def _entry(record: Mapping[str, Any]) -> Entry:
    names = [field.name for field in fields(Entry) if field.name != "where"]
    return Entry(where=str(key_of(record)), **{name: record[name] for name in names})


def _problem(document: Document, content: bytes | Exception) -> str:
    """Return the problem of an object; empty if it is whole."""
    if isinstance(content, FileNotFoundError):
        return "missing"
    if isinstance(content, Exception):
        raise content
    try:
        document.restored(content)
    except DocumentError:
        return "damaged"
    return ""


def _of_group(rows: DataFrame, group: str | None) -> DataFrame:
    if group is None:
        return rows
    names = rows["group"].unique()
    if group not in names:
        near = difflib.get_close_matches(group, names)
        raise NameLookupError("API group", group, "is not in the archive", near)
    return rows[rows["group"] == group].reset_index(drop=True)
