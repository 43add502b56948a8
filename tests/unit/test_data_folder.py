"""Why no embedded server can be made in a folder: the path that is in the way can be copied as it stands."""

from pathlib import Path

from dcs_mirror.embedded.locate import unusable


def test_a_path_with_blanks_is_in_quotes(tmp_path: Path) -> None:
    file, loop = tmp_path / "a file", tmp_path / "a loop"
    file.touch()
    loop.symlink_to(loop)
    assert unusable(file / "data") == f"'{file}' is not a folder"
    assert (unusable(loop / "data") or "").startswith(f"'{loop}")
    assert unusable(tmp_path / "a folder" / "data") is None
