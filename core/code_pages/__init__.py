"""Detection of the code page of text that is not Unicode: tables, and file names in archives."""

from core.code_pages.alphabets import CODE_PAGES, CodePage
from core.code_pages.guess import guess_code_page

__all__ = ["CODE_PAGES", "CodePage", "guess_code_page"]
