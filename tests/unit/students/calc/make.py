"""Make the workbooks of this folder with LibreOffice Calc, which the tests themselves do not need.

On Debian: apt install libreoffice-calc python3-uno, then in the environment of the project
python tests/unit/students/calc/make.py, and for the ones with a password pip install msoffcrypto-tool first.

The workbooks without a password have the same sheets: a hidden one, then "Numbers" with a report's name, a
heading, hidden rows, a hidden column, and cells of all kinds. Calc makes each from one that openpyxl made.
"""

import shutil
import subprocess
import tempfile
from datetime import date
from pathlib import Path

import openpyxl

FOLDER = Path(__file__).parent
SHEET = [
    ["Numbers of students, 2026/27"],
    [],
    [None, "Module code", "Enrolled", "Last year"],
    [None, "ART 7", 30],
    [None, date(2026, 3, 1), 5],
    [None, "=NA()", 6],
    [None, True, 7],
    [None, "HIDDEN 1", 8],
    [None, "HIDDEN 2", 9],
    [None, "HIS 301 ", "=C4+1"],
    [None, "MAT/2", "=1/0", 4],
    [None, "Ökö 3", '="1 "&"234"'],
]
# Runs in the Python of the system, which has the interface to the office.
PROTECT = """
import sys, time, uno
from com.sun.star.beans import PropertyValue
def options(**given): return tuple(PropertyValue(name, 0, value, 0) for name, value in given.items())
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for attempt in range(60):
    try:
        context = resolver.resolve("uno:pipe,name=dcs-mirror-books;urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(1)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
book = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, options(Hidden=True))
book.Sheets.getByIndex(0).getCellByPosition(0, 0).setString("Module code")
for suffix, kind in (("xls", "MS Excel 97"), ("ods", "calc8")):
    book.storeToURL(sys.argv[1] + "/protected." + suffix, options(FilterName=kind, Password="sesame"))
desktop.terminate()
"""


def main() -> None:
    """Make all workbooks."""
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation=file://{folder}/profile"
        source = Path(folder) / "numbers.xlsx"
        _draft().save(source)
        calc = shutil.which("soffice") or "/usr/bin/soffice"
        for suffix in ("xls", "ods", "xlsx"):
            convert = ["--convert-to", suffix, "--outdir", str(FOLDER), str(source)]
            subprocess.run([calc, "--headless", profile, *convert], check=True, timeout=120)
        office = subprocess.Popen([calc, "--headless", profile, "--accept=pipe,name=dcs-mirror-books;urp;"])
        subprocess.run(["/usr/bin/python3", "-c", PROTECT, FOLDER.as_uri()], check=True, timeout=120)
        office.wait(60)
    # Calc protects an .xlsx file only if a person types the password.
    protect = ["msoffcrypto-tool", "-e", "-p", "sesame"]
    subprocess.run([*protect, str(FOLDER / "numbers.xlsx"), str(FOLDER / "protected.xlsx")], check=True)


def _draft() -> openpyxl.Workbook:
    """Return the workbook that Calc makes the others from."""
    book = openpyxl.Workbook()
    old = book.worksheets[0]
    old.title = "Old numbers"
    for line in [("Module code", "Enrolled"), ("LAW 1", 1)]:
        old.append(line)
    old.sheet_state = "hidden"
    sheet = book.create_sheet("Numbers")
    for cells in SHEET:
        sheet.append(cells)
    for row in (8, 9):
        sheet.row_dimensions[row].hidden = True
    sheet.column_dimensions["D"].hidden = True
    book.active = 1
    return book


if __name__ == "__main__":
    main()
