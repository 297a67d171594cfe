import pytest
from click.testing import CliRunner

from scamcheck.cli.main import cli
from scamcheck.errors import InputError


def test_a_file_becomes_one_page_that_needs_nothing_else(tmp_path):
    rows = "短信,日期\n部队采购，请您先垫付8万元货款，联系13800001111,2024-05-01\n<script>今晚加班,2024-05-02\n"
    (tmp_path / "log.csv").write_text(rows, "utf-8")
    output = tmp_path / "out.html"
    done = CliRunner().invoke(cli, ["report", str(tmp_path / "log.csv"), str(output)], catch_exceptions=False)
    assert done.exit_code == 0
    page = output.read_text("utf-8")
    assert "共 2 条，其中 1 条像诈骗" in page
    assert "冒充军警购物" in page
    assert "2024-05-01" in page
    assert "13800001111" not in page
    assert "<script>今晚" not in page
    assert "src=" not in page.split("<script>")[0]  # no file beside it
    assert "http://" not in page.split("<style>")[0]


@pytest.mark.parametrize(("name", "content"), [("none.csv", None), ("a.doc", b"x"), ("a.txt", b"")])
def test_what_cannot_be_summed_up_is_refused(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError):
        CliRunner().invoke(cli, ["report", str(tmp_path / name), str(tmp_path / "out.html")], catch_exceptions=False)
    assert not (tmp_path / "out.html").exists()
