"""Pages people read: self-contained HTML."""

from clinnote.reports.conflict_report import ReportSummary, write_conflict_report

__all__ = ["ReportSummary", "write_conflict_report"]
