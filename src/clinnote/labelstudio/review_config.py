"""The labelling interface of a review project: report beside image, both sides marked, verdict and reason below."""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from clinnote.labelstudio.sync import Interface
from clinnote.model.verdicts import REASONS, VERDICT_TITLES

TEXT: Final = "text"
IMAGE: Final = "image"
TITLE: Final = "title"
QUOTES: Final = "quotes"
ABOUT: Final = "about"
EDGES: Final = ("viewer_left", "viewer_right")
"""Names of the task's data keys; the last two say what lies at the edges of the picture ("R", "L")."""
MARK: Final = "mark"
BOX: Final = "box"
VERDICT: Final = "verdict"
REASON: Final = "reason"
COMMENT: Final = "comment"
"""Names of the controls."""
ROLES: Final = {"finding": "#56616b", "side": "#005a96", "site": "#4b4687", "cue": "#8a6d00"}
"""Labels of marked words, as in :class:`~clinnote.model.conflict.Highlight`, and their colours."""
IMAGE_LABEL: Final = "image label"

_STYLE: Final = (
    ".cr-grid {display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:14px; align-items:start}",
    ".cr-side {max-height:calc(100vh - 372px); min-height:280px; overflow:auto}",
    ".cr-side {border:1px solid #dde2e6; border-radius:8px; padding:10px}",
    ".cr-edges {display:flex; justify-content:space-between; max-width:360px; min-height:0}",
    ".cr-edges h4 {font-weight:700 !important; margin:0 !important}",
    '.cr-side [class*="richtext"], .cr-side [class*="richtext"] * {white-space:pre-wrap; line-height:26px}',
    '.cr-about [class*="richtext"], .cr-about [class*="richtext"] * {font-size:13px; line-height:19px}',
    '.cr-quotes [class*="richtext"], .cr-quotes [class*="richtext"] * {font-size:15px; line-height:22px; padding:0}',
    ".cr-why {display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:14px; align-items:end}",
    ".cr-verdict {border-top:1px solid #dde2e6; margin-top:10px; padding-top:6px}",
    ".cr-verdict h4 {font-size:13px !important; line-height:1.2 !important; margin:9px 0 2px !important}",
)


def review_config() -> str:
    """The labelling interface; always the same bytes."""
    lines = [
        "<View>",
        "  <Style>",
        *(f"    {escape(rule)}" for rule in _STYLE),
        "  </Style>",
        f'  <Header value="${TITLE}" size="4"/>',
        f'  <View className="cr-quotes"><Text name="{QUOTES}" value="${QUOTES}"/></View>',
        '  <View className="cr-grid">',
        *(f"    {line}" for line in (*_report(), *_image())),
        "  </View>",
        '  <View className="cr-verdict">',
        *(f"    {line}" for line in (*_verdict(), *_reason())),
        "  </View>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _report() -> list[str]:
    return [
        '<View className="cr-side">',
        f'  <Labels name="{MARK}" toName="{TEXT}" showInline="true">',
        *(f"    <Label value={quoteattr(role)} background={quoteattr(colour)}/>" for role, colour in ROLES.items()),
        "  </Labels>",
        f'  <Text name="{TEXT}" value="${TEXT}" granularity="symbol"/>',
        "</View>",
    ]


def _image() -> list[str]:
    tools = 'zoom="true" zoomControl="true" rotateControl="false" brightnessControl="true" contrastControl="true"'
    return [
        '<View className="cr-side">',
        '  <View className="cr-edges">',
        *(f'    <Header value="${edge}" size="5"/>' for edge in EDGES),
        "  </View>",
        f'  <Image name="{IMAGE}" value="${IMAGE}" maxWidth="360px" {tools}/>',
        f'  <RectangleLabels name="{BOX}" toName="{IMAGE}" canRotate="false" strokeWidth="2" opacity="0.15">',
        f'    <Label value="{IMAGE_LABEL}" background="#a83f00"/>',
        "  </RectangleLabels>",
        f'  <View className="cr-about"><Text name="{ABOUT}" value="${ABOUT}"/></View>',
        "</View>",
    ]


def _verdict() -> list[str]:
    needed = 'required="true" requiredMessage="Give a verdict"'
    titles = enumerate(VERDICT_TITLES.values(), 1)
    return [
        f'<Choices name="{VERDICT}" toName="{TEXT}" choice="single-radio" showInline="true" {needed}>',
        *(f'  <Choice value={quoteattr(title)} hotkey="{number}"/>' for number, title in titles),
        "</Choices>",
    ]


def _reason() -> list[str]:
    """With one row, a comment counts as it stands; with more it would have to be added first (measured, 1.23.2)."""
    one_line = 'rows="1" maxSubmissions="1" editable="true" placeholder="Optional"'
    return [
        '<View className="cr-why">',
        "  <View>",
        '    <Header value="Reason" size="6"/>',
        f'    <Choices name="{REASON}" toName="{TEXT}" choice="single" layout="select">',
        *(f"      <Choice value={quoteattr(reason.title)}/>" for reason in REASONS),
        "    </Choices>",
        "  </View>",
        "  <View>",
        '    <Header value="Comment" size="6"/>',
        f'    <TextArea name="{COMMENT}" toName="{TEXT}" {one_line}/>',
        "  </View>",
        "</View>",
    ]


def review_interface() -> Interface:
    """The look of a review project, for :func:`~clinnote.labelstudio.sync.push_records`."""
    reasons = "".join(f"<li>{escape(reason.title)}</li>" for reason in REASONS)
    instructions = (
        "<p>Report and image label contradict each other. Decide which is wrong: keys 1 to 4, then the reason. "
        "The report's words are marked on the left. In a drawing T and I are the sides of report and image label; over "
        "a picture stands which edge is the patient's right and left, with ? where the source does not say.</p>"
        f"<ul>{reasons}</ul>"
    )
    return Interface(review_config(), instructions, "that of the review of conflicts")
