"""A small place for mixtures of mechanisms, and one mixture that has them all."""

from __future__ import annotations

from mixture_levers import OFFICE, Tree
from small_demand import WORLD, category, written

SMALL: Tree = {
    "name": "small",
    "period": {"start": "2021-03-01", "days": 30, "history": "20 d"},
    "world": {**WORLD, "households": 1200},
    "demand": written(
        categories=[
            category("dispute", department="police"),
            category("waste", shared="80 %", settled_by={"grid": "40 %", "street": "20 %", "department": "40 %"}),
            category("hazard"),
        ]
    ),
    "policy": {
        "zoning": {"kind": "by_households", "target": 150},
        "staffing": {"kind": "community_pool", "workers": 15, "shift": OFFICE, "speed": "4.5 km/h"},
        "tiers": {
            "office_shift": OFFICE,
            "grid_triage": "25 min",
            "desk": {"work": "4 min", "shift": "daily 08:00-20:00"},
            "community": {"triage": "15 min"},
            "street": {"staff": 2, "triage": "10 min", "desk_work": "5 min"},
            "departments": [
                {"id": "police", "title": "p", "triage": "full", "shift": "always"},
                {"id": "urban", "title": "u", "crews": 2},
                {"id": "fire", "title": "f"},
            ],
        },
        "dispatch": {"kind": "severity_first"},
        "limits": {
            "kind": "by_severity",
            "urgent": "2 h",
            "quick": "24 h",
            "ordinary": "3 working days",
            "hard": "15 d",
        },
        "channels": {
            "kind": "by_table",
            "hotline": "district",
            "walk_in": "community",
            "targets": {"hazard": "department"},
        },
        "rounds": {
            "kind": "daily",
            "admin": {"share": "30 %"},
            "visits": {"quota": 2},
            "patrol": {"quota": "1 h"},
        },
        "verification": {"kind": "sampled", "failure": "20 %", "field": "30 %", "field_work": "30 min"},
    },
}  # fmt: skip

#: all levers at once, in the small place
EVERYTHING: Tree = {
    "policy": {
        "rings": {
            "kind": "nested",
            "rings": [
                {
                    "id": "lane",
                    "title": "l",
                    "shift": "daily 18:30-21:00",
                    "willing": "60 %",
                    "settles": {"waste": "40 %"},
                }
            ],
        },
        "claims": {
            "kind": "open_list",
            "of": "community",
            "members": 2,
            "shift": "sat,sun 09:00-11:00",
            "settles": {"dispute": "50 %", "hazard": "50 %"},
            "feedback": {
                "at": "every 10 d at 09:00",
                "steps": [{"after": 0, "willing": "90 %"}, {"after": "3 d", "willing": "40 %"}],
            },
            "ease": 2,
            "limit": "4 d",
            "meeting": "mon,thu at 14:30",
        },
        "gates": {
            "kind": "five_step",
            "consolidation": "mon at 09:00",
            "shift": OFFICE,
            "coordinator_work": "1 h",
            "dispatch": "thu at 14:00",
            "categories": ["waste"],
        },
        "whistle": {
            "kind": "joint",
            "use": "50 %",
            "idle": "10 %",
            "leaders": 2,
            "shift": OFFICE,
            "sign": "1 h",
            "contact": "24 h",
            "attend": "1 working days",
            "no_show": "30 %",
        },
        "escalation": {
            "kind": "local_first",
            "grid": "2 d",
            "community": "1 d",
            "street": "2 d",
            "misroute": "10 %",
            "return_work": "15 min",
            "return_delay": "4 h",
            "rebind_after": "0 s",
            "handover_loss": "20 %",
            "local_hold": "4 h",
        },
        "dispatch": {"kind": "severity_first", "preempt": "all"},
        "verification": {
            "kind": "sampled",
            "failure": "10 %",
            "failures": {"hazard": "60 %"},
            "recomplain": "50 %",
            "recomplain_delay": "1 d",
            "trace": "10 min",
            "field": "50 %",
            "field_work": "20 min",
            "field_detect": "80 %",
            "audits": {"begin": "mon at 09:00", "lasts": "2 d", "field": "100 %", "papers": "1 h"},
        },
        "channels": {
            "platforms": {"integrated": "50 %", "reentry": "8 min"},
            "cameras": {"integrated": "50 %", "sees": {"waste": "20 %"}, "delay": "1 h"},
            "counters": {"share": "20 %"},
            "errors": {"over": "20 %", "under": "20 %"},
        },
        "staffing": {
            "kind": "neighbour_backup",
            "absence": "10 %",
            "turnover": {"per_year": "60 %", "gap": "5 d", "novice": 1.2},
            "diversion": {"share": "10 %", "days": 3},
            "away": [{"id": "sealed", "start": "9 d", "days": 5, "share": "20 %"}],
        },
        "rounds": {"order": ["urgent", "admin", "cases", "visits", "patrol"], "overtime": ["urgent"]},
        "skills": {"kind": "generalists", "slowdown": {"waste": 1.3}, "scope": {"hazard": "10 %"}},
        "reinforcement": {
            "kind": "waves",
            "waves": [
                {
                    "id": "teams",
                    "start": "8 d",
                    "lag": "2 d",
                    "shift": "daily 08:00-20:00",
                    "handles": ["grid"],
                    "visits": {"quota": 4, "finds": "urgent"},
                }
            ],
        },
        "admission": {"kind": "gate", "admit": "80 %", "kappa": 1.2},
        "limits": {"kappa": "80 %"},
        "supervision": {"kind": "at_shares", "notice": "every 10 d at 09:00", "kappa": "90 %"},
        "conduct": {
            "kind": "measured",
            "feign": {},
            "passing": {},
            "refuse": {"queue": [{"at": 0, "chance": "20 %"}]},
            "suppress": {"queue": [{"at": 0, "chance": "40 %"}]},
            "hang": {},
            "postpone": {},
        },
    },
    "demand": {
        "surges": [{"id": "rain", "start": "10 d", "days": 7, "factors": {"hazard": 4}}],
        "partners": {"waste": {"share": "60 %", "work": {"police": "50 %", "fire": "30 %"}}},
    },
    "outposts": {},
}
