"""The figures as a table and as JSON."""

import datetime
import os
import platform
import statistics
import subprocess
from pathlib import Path

from contenders import CONTENDERS

COLUMNS = (f"  {'':24} {'seconds':>8} {'(min - max)':>17} "
           f"{'x floor':>8} {'CPU s':>7} {'x floor':>8} {'x other':>8} {'nginx s':>7} {'MB':>7} {'requests':>9} {'at once':>8}")


def _first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0]
    except OSError:
        return None


def _machine(session):
    model = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "processor": model[0] if model else platform.machine(), "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0], "system": f"{platform.system()} {platform.release()}",
        "postgresql": session.run("SHOW server_version"),
        "pinterest_fdw": session.run("SELECT extversion FROM pg_extension WHERE extname = 'pinterest_fdw'"),
        "shared_buffers": session.run("SHOW shared_buffers"),
        "curl": _first_line("curl", "--version"), "jq": _first_line("jq", "--version"),
        "python": platform.python_version(),
    }


def _floors(floor, figures, rounds):
    """A floor in the rounds, in seconds and in CPU seconds, empty where there is none."""
    if floor and isinstance(floor[0], float):
        return {"seconds": list(floor) * rounds, "cpu": []}
    if not floor or any(name not in figures for name in floor):
        return {"seconds": [], "cpu": []}
    return {unit: [sum(parts) for parts in zip(*(figures[name][unit] for name in floor))]
            for unit in ("seconds", "cpu")}


def _median(numbers):
    return statistics.median(numbers) if numbers else None


def _ratio(figures, floors):
    """The median of the ratios to the floor of the same round."""
    return statistics.median(mine / floor for mine, floor in zip(figures, floors))


def _contender(figures, floors, others):
    """Medians, and those of the ratios to the floors of the same round."""
    result = dict(figures)
    for unit in ("seconds", "cpu", "front_cpu"):
        if not figures[unit]:
            continue
        result["median_" + unit] = statistics.median(figures[unit])
        if floors.get(unit):
            result[unit + "_by_floor"] = _ratio(figures[unit], floors[unit])
        if others.get(unit):
            result[unit + "_by_other_floor"] = _ratio(figures[unit], others[unit])
    return result


def collect(measurements, chosen, reasons, session):
    """All that was found out, fit for JSON."""
    workloads = {}
    for measurement in measurements:
        workload = measurement.workload
        floors, others = [_floors(floor, measurement.figures, chosen.rounds)
                          for floor in (workload.floor, workload.other_floor)]
        workloads[measurement.name] = {
            "title": workload.title, "goal": workload.goal, "expected": workload.expected,
            "floors": [{"of": floor, **{unit: _median(taken[unit]) for unit in taken}}
                       for floor, taken in ((workload.floor, floors), (workload.other_floor, others))],
            "server_alone": measurement.ceiling,
            "contenders": {name: _contender(figures, floors, others)
                           for name, figures in measurement.figures.items()},
        }
    return {"machine": _machine(session), "rounds": chosen.rounds, "small": chosen.small, "plain": chosen.plain,
            "missing": reasons, "workloads": workloads}


def _cell(value, form, width):
    return format("-" if value is None else format(value, form), f">{width}")


def _show_contender(name, figures):
    seconds = figures["seconds"]
    spread = f"({min(seconds):.3f} - {max(seconds):.3f})" if len(seconds) > 1 else "(once)"
    private = figures.get("private_bytes")
    print(f"  {CONTENDERS[name][0]:24} {_cell(figures.get('median_seconds'), '.3f', 8)} {spread:>17}"
          f" {_cell(figures.get('seconds_by_floor'), '.2f', 8)} {_cell(figures.get('median_cpu'), '.3f', 7)}"
          f" {_cell(figures.get('cpu_by_floor'), '.2f', 8)} {_cell(figures.get('cpu_by_other_floor'), '.2f', 8)}"
          f" {_cell(figures.get('median_front_cpu'), '.3f', 7)}"
          f" {_cell(private / 1e6 if private is not None else None, '.1f', 7)}"
          f" {_cell(figures.get('requests'), 'd', 9)} {_cell(figures.get('most_in_flight'), 'd', 8)}")
    if "missed" in figures:
        print("    goal missed: " + ", ".join(f"{count} {what}" for what, count in figures["missed"].items()))
    if "wrong" in figures:
        print(f"    WRONG: {figures['wrong']}")


def _notes(workload):
    """What a workload is held against."""
    notes = []
    alone = workload["server_alone"]
    for name, floor in zip(("floor", "other floor"), workload["floors"]):
        if floor["seconds"]:
            parts = [CONTENDERS[part][0] if part in CONTENDERS else "arithmetic" for part in floor["of"]]
            cpu = f", CPU {floor['cpu']:.3f} s" if floor["cpu"] else ""
            notes.append(f"{name} {floor['seconds']:.3f} s{cpu} ({' + '.join(parts)})")
    if workload["goal"]:
        notes.append(f"goal {workload['goal']:g} x floor")
    for what, count in (workload["expected"] or {}).items():
        notes.append(f"goal {count} {what if what == 'requests' else what + ' requests'}")
    if alone:
        notes.append(f"server alone, without nginx, {alone['seconds']:.3f} s for {alone['bytes'] / 1e6:.1f} MB")
    return notes


def show(result):
    """Prints the table."""
    machine = result["machine"]
    print(f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, {machine['system']}")
    print(f"PostgreSQL {machine['postgresql']} (shared_buffers {machine['shared_buffers']}), "
          f"pinterest_fdw {machine['pinterest_fdw']}; {machine['curl']}; {machine['jq']}; Python {machine['python']}")
    print("HTTP/1.1 without TLS and gzip" if result["plain"] else
          "TLS, HTTP/2 and gzip by nginx; HTTP/1.1 instead of HTTP/2 for Python, which lacks that")
    print(f"medians of {result['rounds']} interleaved runs; MB: private memory of the backend above idle, at most")
    if result["small"]:
        print("small: a tenth of the campaigns and ads that the titles tell")
    for name, reason in result["missing"].items():
        print(f"without {CONTENDERS[name][0]}: {reason}")
    for name, workload in result["workloads"].items():
        print(f"\n{name}: {workload['title']}")
        if notes := _notes(workload):
            print("  " + "; ".join(notes))
        print(COLUMNS)
        for contender, figures in workload["contenders"].items():
            _show_contender(contender, figures)
    if result["depth"]:
        _show_depth(result["depth"])


def _show_depth(queries):
    print(f"\nrequests, and round trips one after the other (depth)\n  {'':48} {'requests / depth':>17} {'at best':>9}")
    for query in queries:
        both, goal = [f"{counts['requests']} / {counts['depth']}" for counts in (query, query["goal"])]
        print(f"  {query['title']:48} {both:>17} {goal:>9}")


def wrong(result):
    """Whether a contender had other rows than the server."""
    return any("wrong" in figures for workload in result["workloads"].values()
               for figures in workload["contenders"].values())
