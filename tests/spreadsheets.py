"""Spreadsheets written by hand, good ones and others."""

import io
import zipfile
from xml.sax.saxutils import escape

WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{properties}<sheets>{sheets}</sheets></workbook>'
)
LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
SHEET = "<worksheet><sheetData>{rows}</sheetData></worksheet>"
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-409]d\\-mmm\\-yy;@"/>'
    '<numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/>'
    '<xf numFmtId="20"/></cellXfs></styleSheet>'
)


def sheet_of(rows: list[list[str]]) -> str:
    """A sheet of texts, each written into its cell."""
    lines = (
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in cells) + "</row>"
        for cells in rows
    )
    return SHEET.format(rows="".join(lines))


def book(sheets: dict[str, str], *, texts: str = "", properties: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An XLSX file of sheets given as XML."""
    content = io.BytesIO()
    names = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{TYPE}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1)
    )
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr("xl/workbook.xml", WORKBOOK.format(sheets=names, properties=properties))
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS.format(links=links))
        archive.writestr("xl/styles.xml", STYLES)
        if texts:
            archive.writestr("xl/sharedStrings.xml", texts)
        for n, xml in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", xml)
    return content.getvalue()
