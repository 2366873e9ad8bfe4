"""Values that somebody may put into a list to see what happens."""

from __future__ import annotations

HOSTILE = [
    "{{7*7}} <b>x</b> [a](javascript:1)",
    "\" onmouseover='alert(1)' x=\"",
    "--><script>alert(1)</script><!--",
    "]]></style></title></textarea><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    'https://example.com/"><script>',
    "{% include 'x' %}{# #}{{ subscriber.name }}",
    "**bold** _em_ `code` # head\n- item",
    "مرحبا \u202eabc\u202c שלום",
    "👩‍👩‍👧‍👦 ﷽",
    "x" * 300,
    "a\x00b\x1b[31mc\x85d\x9be",
    "; background: url(javascript:1); } body { display: none",
    "",
]
