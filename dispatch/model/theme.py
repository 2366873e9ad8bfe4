"""What a newsletter may change about the built-in layouts without writing a template."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from dispatch.model.colour import Colour, parse_colour

GENERIC_FONTS = ("serif", "sans-serif", "monospace")
_FONT = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?: [A-Za-z0-9-]+)*")
_WEB_PICTURE = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9._~/%-]+")
_PICTURE = re.compile(r"[\w. @/-]+\.(?:png|jpe?g|gif)", re.IGNORECASE)


def _colour(value: Any) -> Colour:
    if isinstance(value, Colour):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a colour in quotes, such as "#9b2617"')  # noqa: TRY004 - pydantic's way
    return parse_colour(value)


def _fonts(value: str) -> str:
    """Font names with commas; what could end the declaration or the attribute is refused."""
    names = [name.strip() for name in value.split(",")]
    for name in names:
        if not _FONT.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a font; write names with commas, without quotes")
    if names[-1] not in GENERIC_FONTS:
        raise ValueError(f"{value!r} must end in one of: {', '.join(GENERIC_FONTS)}")
    return ", ".join(names)


def _logo(value: str) -> str:
    if not value or _WEB_PICTURE.fullmatch(value):
        return value
    path = PurePosixPath(value)
    if not _PICTURE.fullmatch(value) or path.is_absolute() or ".." in path.parts:
        raise ValueError(
            f"{value!r} is neither a PNG, JPEG or GIF file below the configuration nor an https address"
        )
    return value


ColourText = Annotated[
    Colour,
    PlainValidator(_colour),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"type": "string"}),
]
FontNames = Annotated[str, AfterValidator(_fonts)]
LogoPlace = Annotated[str, AfterValidator(_logo)]


class Theme(BaseModel):
    """The table [theme]. `width` and `logo_width` are in CSS pixels; render/palette.py makes it readable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accent: ColourText = Colour(0x9B, 0x26, 0x17)
    font: FontNames = "Georgia, Times New Roman, serif"
    label_font: FontNames = "Helvetica, Arial, sans-serif"
    width: int = Field(default=600, ge=480, le=720, strict=True)
    logo: LogoPlace = ""
    logo_width: int = Field(default=160, ge=24, le=480, strict=True)

    @property
    def column(self) -> int:
        """The width of the text, which is also that of the widest picture."""
        return self.width - 80
