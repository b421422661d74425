"""Guideline -> labelling interface: the XML Label Studio draws the screen from, and the readers' instructions.

The note stands on the left, the questions about the selected span on the right, each scrolling by itself. Control
names are constants here because the codec writes and reads items under the same names.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from clinnote.ontology.guideline import Attribute, Guideline, Label

TEXT: Final = "text"
"""Name of the text object, and of the task's data key that holds the note."""
LABEL: Final = "label"
CODES: Final = "codes"
STATUS: Final = "note_status"
LOCATED_AT: Final = "located_at"
"""The one relation: from a mention to the body site that locates it."""
STATUSES: Final = ("note complete", "needs second look")

_STYLE: Final = (
    ".cn-row {display:flex; gap:12px; align-items:flex-start; padding-top:8px}",
    ".cn-note {flex:1 1 62%; max-height:calc(100vh - 190px); overflow:auto; padding-top:14px}",
    ".cn-side {flex:0 0 330px; position:sticky; top:0; max-height:calc(100vh - 190px); overflow:auto}",
    # Label Studio gives headers and answers inline margins that push the last questions off the screen.
    ".cn-side h4 {font-size:13px !important; line-height:1.2 !important; margin:9px 0 2px !important}",
    ".cn-side .lsf-choices {margin:0 !important}",
    ".cn-side .lsf-choice {margin:0 10px 0 0 !important; line-height:24px !important}",
    ".cn-side .lsf-choice__item, .cn-side .lsf-choice label {line-height:24px !important; height:24px !important}",
    # Without pre-wrap runs of spaces and line breaks collapse on screen while offsets count them. The tall lines
    # leave room for the arrows.
    '.cn-note [class*="richtext"], .cn-note [class*="richtext"] * {white-space:pre-wrap; line-height:30px}',
)


def labeling_config(guideline: Guideline) -> str:
    """The labelling interface of a guideline; the same guideline always gives the same bytes."""
    lines = [
        "<View>",
        "  <Style>",
        *(f"    {escape(rule)}" for rule in _STYLE),
        "  </Style>",
        f'  <Labels name="{LABEL}" toName="{TEXT}" showInline="true">',
        *(f"    {_label(label)}" for label in guideline.labels),
        "  </Labels>",
        f'  <Relations><Relation value="{LOCATED_AT}"/></Relations>',
        '  <View className="cn-row">',
        '    <View className="cn-note">',
        f'      <Text name="{TEXT}" value="${TEXT}" granularity="symbol"/>',
        "    </View>",
        '    <View className="cn-side">',
        *(f"      {line}" for attribute in guideline.attributes for line in _attribute(attribute)),
        *(f"      {line}" for line in _codes()),
        *(f"      {line}" for line in _status()),
        "    </View>",
        "  </View>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _label(label: Label) -> str:
    return (
        f"<Label value={quoteattr(label.name)} background={quoteattr(label.colour)} "
        f"hotkey={quoteattr(label.hotkey)} hint={quoteattr(label.description)}/>"
    )


def _attribute(attribute: Attribute) -> list[str]:
    """One question. ``single`` instead of ``single-radio``, so that a second click takes an answer back."""
    name, labels = quoteattr(attribute.name), ",".join(attribute.labels)
    return [
        f'<View visibleWhen="region-selected" whenTagName="{LABEL}" whenLabelValue={quoteattr(labels)}>',
        f'  <Header value={name} size="6"/>',
        f'  <Choices name={name} toName="{TEXT}" perRegion="true" choice="single" showInline="true">',
        *(f"    <Choice value={quoteattr(value)}/>" for value in attribute.values),
        "  </Choices>",
        "</View>",
    ]


def _codes() -> list[str]:
    hint = "system:code display, then Enter"
    return [
        '<View visibleWhen="region-selected">',
        '  <Header value="codes, best first" size="6"/>',
        f'  <TextArea name="{CODES}" toName="{TEXT}" perRegion="true" editable="true" rows="1" placeholder="{hint}"/>',
        "</View>",
    ]


def _status() -> list[str]:
    return [
        '<Header value="this note" size="6"/>',
        f'<Choices name="{STATUS}" toName="{TEXT}" choice="single" showInline="true">',
        *(f"  <Choice value={quoteattr(value)}/>" for value in STATUSES),
        "</Choices>",
    ]


def instructions_html(guideline: Guideline) -> str:
    """The guideline as the project's labelling instructions: every label and attribute with its description."""
    rows = [
        f"<h3>{escape(guideline.name)} {escape(guideline.version)}</h3>",
        f"<p>{escape(guideline.description)}</p>",
        "<ul>",
        *(
            f"<li><b>{escape(label.name)}</b> ({escape(label.hotkey)}): {escape(label.description)} "
            f"<i>{escape(label.example)}</i></li>"
            for label in guideline.labels
        ),
        "</ul>",
        "<ul>",
        *(
            f"<li><b>{escape(attribute.name)}</b> ({escape(', '.join(attribute.values))}): "
            f"{escape(attribute.description)}</li>"
            for attribute in guideline.attributes
        ),
        "</ul>",
    ]
    return "\n".join(rows)
