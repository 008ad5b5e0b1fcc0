import json
import re
from pathlib import Path

import pytest

from training import config, sources

ROOT = config.DEFAULT.parent


def licence(spdx):
    return {"license": {"spdx": spdx}}


class TestCheckLicence:
    @pytest.mark.parametrize("spdx", ["CC-BY-4.0", "CC-BY-SA-4.0", "GPL-3.0", "none"])
    def test_refuses_a_licence_that_binds_the_model(self, spdx):
        with pytest.raises(sources.LicenceError, match=re.escape(spdx)):
            sources.check_licence("noto", licence(spdx))

    def test_refuses_a_set_nobody_checked_whatever_its_package_says(self):
        with pytest.raises(sources.LicenceError, match="fxemoji"):
            sources.check_licence("fxemoji", licence("Apache-2.0"))

    def test_refuses_a_package_that_contradicts_what_was_read_upstream(self):
        with pytest.raises(sources.LicenceError, match="upstream said Apache-2"):
            sources.check_licence("noto", licence("MIT"))

    def test_gives_the_licence_of_a_checked_set(self):
        assert sources.check_licence("fluent-emoji-flat", licence("MIT")) == "MIT"

    def test_a_refused_set_is_not_read(self, tmp_path):
        folder = tmp_path / "@iconify-json" / "twemoji"
        folder.mkdir(parents=True)
        (folder / "info.json").write_text(json.dumps(licence("CC-BY-4.0")))
        with pytest.raises(sources.LicenceError, match="twemoji"):
            sources.read_icon_set(tmp_path, "twemoji")


class TestPinnedPackages:
    def manifest(self):
        return json.loads((ROOT / "package.json").read_text())["dependencies"]

    def test_every_drawing_package_passed_the_licence_gate(self):
        sets = {name.removeprefix("@iconify-json/") for name in self.manifest() if name.startswith("@")}
        assert sets == set(sources.CHECKED_SETS)

    def test_configuration_uses_checked_sets_only(self):
        data = config.load().data
        used = {*data.base_sets.values(), *data.other_sets.values()}
        assert used <= set(sources.CHECKED_SETS)

    def test_versions_are_exact_and_locked_by_hash(self):
        lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
        for name, version in self.manifest().items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version)
            assert lock[f"node_modules/{name}"]["version"] == version
        assert all(entry["integrity"].startswith("sha512-") for path, entry in lock.items() if path)

    def test_lock_file_names_no_host(self):
        text = (ROOT / "package-lock.json").read_text()
        assert "resolved" not in text
        assert "://" not in re.sub(r'"url": "[^"]*"', "", text)


class TestMatchIcons:
    def entry(self, code, label):
        return sources.Entry(code, label, (), "food-drink", ())

    def test_one_picture_per_concept_and_unknown_icons_drop_out(self):
        icons = {"red-apple": {"body": ""}, "redapple": {"body": ""}, "logo": {"body": ""}, "old": {"hidden": True}}
        icon_set = sources.IconSet("noto", "1", "Apache-2.0", {"icons": icons}, {})
        entries = {"1f34e": self.entry("1f34e", "red apple")}
        found = sources.match_icons(icon_set, entries, sources.slugs_of(entries, [icon_set]))
        assert found == {"1f34e": "red-apple"}

    def test_code_points_win_and_variation_selectors_do_not_matter(self):
        icon_set = sources.IconSet("noto", "1", "Apache-2.0", {"icons": {"x": {"body": ""}}}, {"2764-FE0F": "x"})
        assert sources.match_icons(icon_set, {"2764": self.entry("2764", "red heart")}, {}) == {"2764": "x"}


def test_svg_carries_the_icons_own_box():
    icon_set = sources.IconSet(
        "noto", "1", "Apache-2.0", {"width": 32, "icons": {"x": {"body": "<g/>", "height": 8}}}, {}
    )
    svg = sources.svg_of(icon_set, "x", 64)
    assert 'width="64" height="64" viewBox="0 0 32 8"' in svg
    assert svg.endswith("<g/></svg>")


def test_configuration_and_package_files_exist_where_install_looks():
    assert all((Path(ROOT) / name).exists() for name in ("package.json", "package-lock.json", ".npmrc"))
