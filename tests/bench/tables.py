"""bench: prints what was measured, as Markdown."""
import os
import statistics
import time


def spread(values, form):
    text = form.format(statistics.median(values))
    if len(values) > 1:
        text += f" ({form.format(min(values))} to {form.format(max(values))})"
    return text


class Results:
    """Values of one case: by peer (in the order of the table) a list of rows, one a round."""

    def __init__(self, case, peers, rows):
        self.case, self.peers, self.rows = case, peers, rows

    def column(self, peer, column):
        place = self.case.columns.index(column)
        return [row[place] for row in self.rows[peer.key]]

    def median(self, peer, column):
        return statistics.median(self.column(peer, column))

    def ours(self):
        return next(peer for peer in self.peers if peer.key == "libclient")

    def ratio(self, peer, column):
        """libclient's median over the peer's; None where the peer has none."""
        theirs = self.median(peer, column)
        return self.median(self.ours(), column) / theirs if theirs else None

    def goal_peer(self, goal):
        """librdkafka means the newest there is."""
        keys = ("newest", "packaged") if goal.peer == "librdkafka" else (goal.peer,)
        return next((peer for key in keys for peer in self.peers if peer.key == key), None)


def ratio_words(results, peer):
    if peer.key == "libclient":
        return "1"
    words = []
    for column in results.case.columns[:2]:
        ratio = results.ratio(peer, column)
        words.append("-" if ratio is None else f"{ratio:.2f}")
    return ", ".join(words)


def goal_line(results, goal):
    column, peer = goal.column, results.goal_peer(goal)
    form = column.form
    if goal.peer is None:
        value = results.median(results.ours(), column)
        wanted, got = f"{goal.sign} {form.format(goal.bound)}", form.format(value)
    elif peer is None or results.ratio(peer, column) is None:
        return f"- {column.title} {goal.sign} {goal.bound} x {goal.peer}: nothing to compare with"
    else:
        value = results.ratio(peer, column)
        wanted, got = f"{goal.sign} {goal.bound} x {peer.name}", f"{value:.2f} x"
    return f"- {column.title} {wanted}: {got}, {'met' if goal.meets(value) else '**not met**'}"


def print_results(page, broker, results, commands):
    titles = [column.title for column in results.case.columns]
    page.add("| | " + " | ".join(titles) + " | libclient's over it (first two) |")
    page.add("| --- " * (len(titles) + 2) + "|")
    for peer in results.peers:
        cells = [spread(results.column(peer, column), column.form)
                 for column in results.case.columns]
        page.add(f"| {peer.name} | " + " | ".join(cells) + f" | {ratio_words(results, peer)} |")
    page.add()
    for goal in results.case.goals:
        if goal.broker is None or broker.startswith(goal.broker):
            page.add(goal_line(results, goal))
    print_commands(page, commands)


def print_commands(page, commands):
    page.add("\n<details><summary>Commands</summary>\n")
    for command in commands:
        page.add(f"    {command}")
    page.add("\n</details>")


def versus(words, sign, bound, value, rival):
    """A goal that is a ratio: what was wanted, what came out."""
    met = value >= bound if sign == ">=" else value <= bound
    return (f"- {words} {sign} {bound:g} x {rival}: {value:.2f} x,"
            f" {'met' if met else '**not met**'}")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = os.uname()
    return (f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors"
            f" ({models[0] if models else system.machine}), {memory:.0f} GiB,"
            f" {system.sysname} {system.release}; client, broker and this script share them over"
            f" loopback. Build: `meson setup --buildtype=release`.")


def origin_line(command, others):
    """When and how, and how busy the machine was with other work (the kernel writing pages back
    counts too)."""
    share, most = statistics.median(others), max(others)
    warning = share > 0.1 or most > 0.5
    return (f"\n{time.strftime('%Y-%m-%d')}, `run.py {command}`; other work on the machine:"
            f" {share:.2f} processors in the median run, {most:.2f} in the worst."
            + (" **Others were busy: believe CPU per record rather than records/s.**"
               if warning else ""))
