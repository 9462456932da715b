"""Checks of throttling policies."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject, names_of
from apig_nb.audit.words import first_of, path_words
from apig_nb.definition.model.gateway import RateLimit

_LIMITED_BY_USER = frozenset(("APP", "IAM"))
_LIMITED_BY_APP = frozenset(("APP",))


def _location(policy: RateLimit) -> str:
    return f"throttling policy {policy.name}"


def _of_policy(subject: Subject, policy: RateLimit, evidence: str = "", detail: str = "") -> Found:
    users = subject.users_of_policy[policy.pointer]
    return Found(policy.pointer, f"{_location(policy)}{detail}", evidence, names_of(users))


def _accepts(api: Api, words: Collection[str]) -> bool:
    return any(word in words for alternative in api.auth for word in alternative.split(" + "))


@check
def no_throttling(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if not (api.is_throttled or api.is_preflight):
            yield api.found("throttling")


@check
def sensitive_flow_unthrottled(subject: Subject, *, words: Collection[str]) -> Iterator[Found]:
    for api in subject.apis:
        word = first_of(path_words(api.path), words) if api.method in ("POST", "ANY") else None
        is_known = len(api.ratelimits) == len(api.ratelimit_names)
        if word is None or not is_known or any(map(subject.limits_calls, api.plugins)):
            continue
        counts_users = _accepts(api, _LIMITED_BY_USER)
        if not any(policy.ip_limit or (policy.user_limit and counts_users) for policy in api.ratelimits):
            yield api.found(f"path with {word}", ", ".join(policy.name for policy in api.ratelimits))


@check
def throttle_user_limit_idle(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for policy in api.ratelimits:
            if policy.user_limit and not _accepts(api, _LIMITED_BY_USER):
                yield _idle(api, policy, policy.user_limit)


@check
def throttle_app_limit_idle(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for policy in api.ratelimits:
            if policy.app_limit and not _accepts(api, _LIMITED_BY_APP):
                yield _idle(api, policy, policy.app_limit)


def _idle(api: Api, policy: RateLimit, limit: int) -> Found:
    evidence = f"{limit}, authentication {' or '.join(api.auth)}"
    return api.found(_location(policy), evidence, api.gateway_pointer("ratelimit"))


@check
def throttle_contradicts_itself(subject: Subject) -> Iterator[Found]:
    for policy in subject.ratelimits.values():
        limits = {"API": policy.api_limit, "user": policy.user_limit, "app": policy.app_limit, "IP": policy.ip_limit}
        above = [
            f"{name} {limits[name]} > {other} {limits[other]}"
            for name, other in (("app", "user"), ("app", "API"), ("user", "API"), ("IP", "API"))
            if (limits[name] or 0) > (limits[other] or limits[name] or 0)
        ]
        if above:
            yield _of_policy(subject, policy, ", ".join(above))


@check
def throttle_special_over_limit(subject: Subject) -> Iterator[Found]:
    for policy in subject.ratelimits.values():
        for special in policy.special:
            if policy.api_limit and (special.limit or 0) > policy.api_limit:
                detail = f", exception {special.kind} {special.instance}"
                yield _of_policy(subject, policy, f"{special.limit} > {policy.api_limit}", detail)


@check
def throttle_one_caller_takes_all(subject: Subject) -> Iterator[Found]:
    for policy in subject.ratelimits.values():
        if policy.api_limit and not (policy.user_limit or policy.app_limit or policy.ip_limit):
            yield _of_policy(subject, policy)


@check
def throttle_open_without_ip(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        bound = api.ratelimits
        if api.lets_everybody_in and bound and not api.is_preflight and not any(policy.ip_limit for policy in bound):
            names = ", ".join(policy.name for policy in bound)
            yield api.found("throttling", names, api.gateway_pointer("ratelimit"))


@check
def throttle_day_only(subject: Subject) -> Iterator[Found]:
    for policy in subject.ratelimits.values():
        if (policy.unit or "").upper() == "DAY":
            yield _of_policy(subject, policy, f"{policy.api_limit} calls in {policy.interval or 1} DAY")


@check
def throttle_shared_by_many(subject: Subject, *, paths: int) -> Iterator[Found]:
    for policy in subject.ratelimits.values():
        users = {api.path for api in subject.users_of_policy[policy.pointer]}
        if policy.shared and len(users) >= paths:
            yield _of_policy(subject, policy, f"{len(users)} paths")


@check
def throttle_unused(subject: Subject) -> Iterator[Found]:
    used = {name for api in subject.apis for name in api.ratelimit_names}
    for policy in subject.ratelimits.values():
        if policy.name not in used:
            yield Found(policy.pointer, _location(policy))


@check
def throttled_answer_undescribed(subject: Subject) -> Iterator[Found]:
    described = {one.name for one in subject.document.gateway_responses if one.response_type == "THROTTLED"}
    silent = [
        api
        for api in subject.apis
        if api.ratelimit_names
        and api.operation.gateway_response not in described
        and {"429", "4XX"}.isdisjoint(api.operation.response_summary.statuses)
    ]
    if silent:
        # The gateway writes one default answer for each operation, so this is said once.
        yield Found("", "document", "", names_of(silent))
