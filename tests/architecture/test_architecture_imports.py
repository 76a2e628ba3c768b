"""Who may import whom: each package its own, and outside libraries only where they belong."""

import ast
import subprocess
import sys

import pytest

from tests.architecture.source import MIGRATIONS, MODULES, ROOT, within

# The longest prefix of a module's name decides. "app" stands for every part but the two edges.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "app.domain": ("app.domain",),
    "app.store": ("app.domain", "app.store"),
    "app.clients": ("app.clients",),
    "app.services": ("app.domain", "app.store", "app.services", "app.letters", "fhir"),
    "app.letters": ("app.domain", "app.letters", "fhir"),
    "app.api": ("app.api", "app.services", "app.domain", "app.store", "app.runtime", "fhir"),
    "app.web": ("app.web", "app.services", "app.domain", "app.store", "app.runtime"),
    "app.embedded": ("app.embedded",),
    "app.logs": (),
    "app.config": ("app.clients", "app.store.crypto", "app.store.key_files"),
    "app.process": ("app.config", "app.runtime"),
    "app.jobs": (
        "app.clients",
        "app.domain",
        "app.process",
        "app.runtime",
        "app.services",
        "app.store.mail",
        "app.store.outbox",
    ),
    "app.worker": ("app.jobs", "app.logs", "app.process", "app.runtime"),
    "app.runtime": (
        "app.clients",
        "app.config",
        "app.domain.errors",
        "app.domain.measures",
        "app.domain.message_templates",
        "app.services.measures.measure_library",
        "app.services.measures.measure_shelf",
        "app.services.messages.message_library",
        "app.store",
    ),
    "app.demo": ("app", "fhir", "anonymiser"),  # plays everybody: GP systems, providers, the steward
    "app": ("app", "fhir"),  # create_app and the command line put the parts together
    "fhir": ("fhir",),
    "anonymiser": ("anonymiser",),
}
EDGES = ("app.api", "app.web")
MAY_IMPORT_EDGES = ("app", "app.api", "app.web")

ONLY_IN: dict[str, tuple[str, ...]] = {
    # The composition root names an Engine; the demonstration's launcher words a refused log-in.
    "sqlalchemy": ("app.store", "app.runtime", "app.demo.house"),
    "alembic": ("app.store.migrate",),
    "flask": ("app", "app.api", "app.web"),
    "fhir.resources": ("fhir",),
    "rq": ("app.runtime", "app.worker"),
    "redis": ("app.runtime", "app.worker", "app.demo"),
    "cryptography": ("app.store", "app.demo", "anonymiser", "app.clients"),
    "requests": ("app.clients", "app.demo"),
    "argon2": ("app.services.signing_in.sign_in",),
    "limits": ("app.clients.limiter",),
    "webauthn": ("app.services.signing_in.passkeys",),
    "zxcvbn": ("app.services.signing_in.passwords",),
    "segno": ("app.web.accounts.second_steps",),
    "mesh_client": ("app.clients", "app.demo"),
    "notifications_python_client": ("app.clients",),
    "typst": ("app.letters",),
    "fontTools": ("app.letters",),
    "holidays": ("app.services.watching.calendar",),
}
OURS = ("app", "fhir", "anonymiser")


def rule_of(name: str) -> tuple[str, ...]:
    return MAY_IMPORT[max((prefix for prefix in MAY_IMPORT if within(name, prefix)), key=len)]


def allowed(name: str, imported: str) -> bool:
    if within(imported, "fhir.resources"):
        return within(name, "fhir")
    edge = next((edge for edge in EDGES if within(imported, edge)), None)
    if edge and not (within(name, edge) or name == "app"):
        return False
    return any(within(imported, prefix) for prefix in rule_of(name))


def is_ours(imported: str) -> bool:
    return any(within(imported, package) for package in OURS)


def test_every_package_imports_only_what_it_may() -> None:
    wrong = [
        f"{module.name} imports {imported}"
        for module in MODULES
        for imported in sorted(module.imported())
        if is_ours(imported) and not allowed(module.name, imported)
    ]
    assert wrong == []


def test_the_rules_would_catch_each_kind_of_trespass() -> None:
    trespasses = [
        ("app.domain.routing", "app.store.people"),
        ("app.store.people", "app.services.caring.triage"),
        ("app.services.caring.triage", "app.clients.mesh"),
        ("app.api.rest", "app.web.frame.guard"),
        ("app.web.frame.page", "app.api"),
        ("app.web.frame.page", "fhir.outbound"),
        ("app.worker", "app.web"),
        ("fhir.inbound", "app.domain.referral"),
        ("app.letters.content", "app.store.people"),
        ("anonymiser.releasing.build", "app.services.dataset.extract"),
        ("app.services.feedback.compose", "fhir.resources.R4B"),
    ]
    assert [pair for pair in trespasses if allowed(*pair)] == []
    assert allowed("app.services.feedback.compose", "fhir.outbound")


@pytest.mark.parametrize("library", ONLY_IN)
def test_library_is_used_only_where_it_belongs(library: str) -> None:
    homes = ONLY_IN[library]
    wrong = [
        module.name
        for module in MODULES
        if any(within(imported, library) for imported in module.imported())
        and not any(module.name == home if home == "app" else within(module.name, home) for home in homes)
    ]
    assert wrong == []


def test_domain_needs_nothing_but_the_standard_library() -> None:
    outside = {
        imported
        for module in MODULES
        if within(module.name, "app.domain")
        for imported in module.imported()
        if not within(imported, "app.domain") and imported.split(".")[0] not in sys.stdlib_module_names
    }
    assert outside == set()


def test_domain_has_no_clock_no_chance_and_no_input() -> None:
    forbidden = {"random", "secrets", "uuid4", "os", "time", "socket", "logging", "pathlib"}
    calls = {"now", "today", "utcnow", "open", "uuid4", "print"}
    wrong = []
    for module in MODULES:
        if within(module.name, "app.domain"):
            wrong += [f"{module.name}: {name}" for name in module.imported() & forbidden]
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call):
                    called = (
                        node.func.attr
                        if isinstance(node.func, ast.Attribute)
                        else getattr(node.func, "id", "")
                    )
                    wrong += [f"{module.name}: {called}()"] if called in calls else []
    assert wrong == []


def test_edges_never_touch_rows() -> None:
    wrong = [
        f"{module.name}: {alias.name}"
        for module in MODULES
        if any(within(module.name, edge) for edge in EDGES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and within(node.module or "", "app.store")
        for alias in node.names
        if alias.name.endswith("Row") or alias.name.startswith("tables")
    ]
    assert wrong == []


def test_nothing_goes_round_in_circles() -> None:
    graph = {module.name: sorted(i for i in module.imported() if is_ours(i)) for module in MODULES}
    assert circle_in(graph) == []


def circle_in(graph: dict[str, list[str]]) -> list[str]:
    """The first circle found, each name once; empty when there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for following in graph.get(name, []):
            # A package's __init__ is run before its parts and gathers them: that is no circle of its own.
            own_package = following == name or (within(name, following) and following != "app")
            if not own_package and (found := walk(following, [*path, name])):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := walk(name, []))), [])


def test_a_circle_would_be_found() -> None:
    assert circle_in({"a": ["b"], "b": ["c"], "c": ["a"]}) == ["a", "b", "c"]


def test_imports_stand_at_the_top() -> None:
    inside = [
        f"{module.name}, line {node.lineno}"
        for module in [*MODULES, *MIGRATIONS]
        for function in module.functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_our_fhir_and_the_librarys_live_in_one_process() -> None:
    """The library installs a package `fhir` too; ours comes first and lends it its path."""
    both = "import fhir.messages, fhir.resources.R4B.patient as p; print(fhir.messages.__file__, p.__file__, sep='|')"
    done = subprocess.run([sys.executable, "-c", both], cwd=ROOT, capture_output=True, text=True, check=True)
    ours, theirs = done.stdout.strip().split("|")
    assert ours == str(ROOT / "fhir" / "messages.py")
    assert "site-packages" in theirs
