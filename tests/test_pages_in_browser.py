"""The pages in a browser: valid HTML, nothing that axe complains of, nothing that sticks out; and their pictures.

Needs what tests/browser/setup.sh installs: Chromium and its driver, Java, and two npm packages in .cache/node. Where
they are missing the tests are skipped. Pictures of the demo are written to docs/images when they are missing, or when
VISAWIRE_SCREENSHOTS is set, as the bytes of a picture depend on the machine's fonts.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from page_site import pages, write
from publishing_helpers import story

ROOT = Path(__file__).parents[1]
NODE = Path(os.environ.get("VISAWIRE_NODE", ROOT / ".cache" / "node")) / "node_modules"
VNU = NODE / "vnu-jar" / "build" / "dist" / "vnu.jar"
AXE = NODE / "axe-core" / "axe.min.js"
IMAGES = ROOT / "docs" / "images"

SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
SETUP = "run tests/browser/setup.sh"

#: A page of each kind. 404.html is left to the HTML checker: in a folder its absolute links find no style sheet.
KINDS = (
    "index.html", "all.html", "programme/ca-gss.html", "weekly.html", "status.html", "about.html",
    f"story/{story().id}.html", "story/00000000000000f1.html", "story/00000000000000a5.html",
    "story/00000000000000b1.html", "story/00000000000000e1.html", "story/00000000000000d1.html",
)  # fmt: skip

#: What WCAG 2.2 at AA asks for, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    write(root, pages())
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip(f"no chromium or chromedriver here: {SETUP}")
    selenium = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    options = selenium.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    opened = selenium.Chrome(options=options, service=selenium.ChromeService(driver))
    yield opened
    opened.quit()


def look(browser: Any, file: Path, size: str, scheme: str, fragment: str = "") -> None:
    """Open a page as a screen of that size and scheme shows it."""
    width, height = SIZES.get(size, (320, 640))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size != "desktop"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(file.as_uri() + fragment)


# -- HTML ------------------------------------------------------------------------------------------------------


def check_html(root: Path) -> list[str]:
    """What the W3C's checker says of all pages below a folder: errors, warnings and hints."""
    if not shutil.which("java") or not VNU.exists():
        pytest.skip(f"no java or vnu.jar here: {SETUP}")
    options = ["--format", "json", "--stdout", "--exit-zero-always", "--skip-non-html"]
    command = ["java", "-jar", str(VNU), *options, str(root)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    return [
        f"{Path(found['url']).name}:{found.get('lastLine')}: {found['type']}: {found['message']}"
        for found in json.loads(answer.stdout)["messages"]
    ]


def test_every_page_is_valid_html_without_a_warning(site: Path) -> None:
    assert check_html(site) == []


def test_the_checker_does_look(tmp_path: Path) -> None:
    write(tmp_path, {"bad.html": b'<!DOCTYPE html><html lang="en"><title>x</title><p><div role="nonsense"></p>'})
    assert check_html(tmp_path)


# -- accessibility ---------------------------------------------------------------------------------------------


def complaints(browser: Any) -> list[str]:
    if not AXE.exists():
        pytest.skip(f"no axe-core here: {SETUP}")
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    script = "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']}).then(arguments[1])"
    found = browser.execute_async_script(script, RULES)
    assert len(found["passes"]) > 5
    return [f"{v['id']}: {v['help']}: {node['html'][:200]}" for v in found["violations"] for node in v["nodes"]]


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing_on_phone_or_desktop_in_light_or_dark(browser: Any, site: Path, path: str) -> None:
    for size in SIZES:
        for scheme in SCHEMES:
            look(browser, site / path, size, scheme)
            for opened in browser.find_elements("css selector", "details"):
                browser.execute_script("arguments[0].open = true", opened)
            assert complaints(browser) == [], (size, scheme)


def test_axe_does_look(browser: Any, tmp_path: Path) -> None:
    write(tmp_path, {"bad.html": b"<!DOCTYPE html><title>x</title><p style='color:#bbb'>pale<a href='#'></a>"})
    look(browser, tmp_path / "bad.html", "desktop", "light")
    with pytest.raises(AssertionError):
        assert complaints(browser) == []


@pytest.mark.parametrize("path", KINDS)
def test_pages_reflow_at_320_pixels(browser: Any, site: Path, path: str) -> None:
    look(browser, site / path, "narrow", "light")
    wide = browser.execute_script(
        "return [document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *')]"
        ".filter(e => !e.closest('.scroll, svg') && e.getBoundingClientRect().right > 321)"
        ".map(e => e.outerHTML.slice(0, 90))]"
    )
    assert wide == [320]


def test_the_keyboard_reaches_the_skip_link_first_and_shows_where_it_is(browser: Any, site: Path) -> None:
    look(browser, site / "index.html", "desktop", "light")
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    browser.switch_to.active_element.send_keys(keys.TAB)
    focused = browser.switch_to.active_element
    assert focused.text == "Skip to the content"
    assert focused.rect["x"] >= 0
    assert browser.execute_script("return getComputedStyle(arguments[0]).outlineStyle", focused) == "solid"
    focused.send_keys(keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") == "main"


def test_dark_and_light_differ_and_an_update_can_be_linked_to(browser: Any, site: Path) -> None:
    colours = []
    for scheme in SCHEMES:
        look(browser, site / f"story/{story().id}.html", "desktop", scheme, "#update-12")
        colours.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(255, 255, 255)", "rgb(15, 21, 27)"]
    target = browser.execute_script("return document.querySelector(':target').textContent")
    assert target.count("Status proposed → final") == 1


def test_below_any_address_no_page_asks_for_anything_but_itself_and_its_style(browser: Any, site: Path) -> None:
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site.parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"/{site.name}"
        for path in KINDS:
            asked.clear()
            browser.get(f"http://127.0.0.1:{server.server_port}{base}/{path}")
            assert browser.execute_script("return document.styleSheets[0].cssRules.length") > 50
            # the browser itself looks for an icon
            assert set(asked) - {"/favicon.ico"} <= {f"{base}/{path}", f"{base}/style.css"}
        server.shutdown()


# -- pictures --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from visawire.config import Config
    from visawire.demonstration import run_demo

    folder = tmp_path_factory.mktemp("demo")
    config = Config(archive=folder / "demo.db", site=folder / "site")
    for _ in run_demo(config):
        pass
    return folder / "site"


def picture(browser: Any, file: Path, size: str, scheme: str, height: int) -> bytes:
    look(browser, file, size, scheme)
    clip = {"x": 0, "y": 0, "width": SIZES[size][0], "height": height, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    return base64.b64decode(shot["data"])


def colours(png: bytes) -> int:
    """How many different pixel rows an 8-bit PNG has, as a measure of that something is on it."""
    place, data, width = 8, b"", 0
    while place < len(png):
        (length,), kind = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            width = struct.unpack(">I", body[:4])[0] * {2: 3, 6: 4}[body[9]] + 1
        data += body if kind == b"IDAT" else b""
        place += length + 12
    rows = zlib.decompress(data)
    return len({rows[start : start + width] for start in range(0, len(rows), width)})


def story_of_the_demo(root: Path) -> Path:
    """The story of which the most has been told: its page has something of everything."""
    return max((root / "story").glob("*.html"), key=lambda path: (path.read_bytes().count(b'id="update-'), path.name))


def test_pictures_of_the_demo(browser: Any, demo_site: Path, tmp_path: Path) -> None:
    shots = {
        "index": (demo_site / "index.html", "desktop", "light", 1400),
        "index-phone-dark": (demo_site / "index.html", "phone", "dark", 900),
        "story": (story_of_the_demo(demo_site), "desktop", "light", 1500),
        "story-dark": (story_of_the_demo(demo_site), "desktop", "dark", 900),
        "programme": (demo_site / "programme" / "ca-express-entry.html", "desktop", "light", 1600),
        "feed": (demo_site / "all.html", "desktop", "light", 1000),
        "status": (demo_site / "status.html", "desktop", "light", 1000),
    }
    for name, (file, size, scheme, height) in shots.items():
        png = picture(browser, file, size, scheme, height)
        assert colours(png) > 100, name
        (tmp_path / f"{name}.png").write_bytes(png)
        wanted = IMAGES / f"{name}.png"
        if os.environ.get("VISAWIRE_SCREENSHOTS") or not wanted.exists():
            wanted.write_bytes(png)


def test_the_pages_of_the_demo_are_valid_and_accessible_too(browser: Any, demo_site: Path) -> None:
    assert check_html(demo_site) == []
    programme = demo_site / "programme" / "ca-express-entry.html"
    for file in (demo_site / "index.html", story_of_the_demo(demo_site), programme, demo_site / "status.html"):
        for size in SIZES:
            look(browser, file, size, "light")
            assert complaints(browser) == [], file.name
