package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.PlannedCase;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A part of a plan that one of several machines runs; `assay results merge` joins what they made.
///
/// Every `count`-th case of the whole plan belongs to a shard, so that large and small ones are shared out alike.
///
/// @param index from 1
record Shard(int index, int count) {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5})/([1-9][0-9]{0,5})");

    /// Throws [HarnessException] unless it is I/N with 1 ≤ I ≤ N.
    static Shard parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            Shard shard = new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            if (shard.index <= shard.count) {
                return shard;
            }
        }
        throw new HarnessException("'" + text + "'", "--shard", "give I/N with I from 1 to N, such as 1/4");
    }

    /// The cases of this shard, and the suites that they come from.
    PlanFile of(PlanFile plan) {
        if (count > plan.cases().size()) {
            throw new HarnessException(
                    "the plan has " + plan.cases().size() + " cases, too few for " + count + " shards",
                    "--shard " + index + "/" + count,
                    plan.cases().isEmpty()
                            ? "plan more"
                            : "give " + plan.cases().size() + " shards at most");
        }
        List<PlannedCase> cases = new ArrayList<>();
        for (int i = index - 1; i < plan.cases().size(); i += count) {
            cases.add(plan.cases().get(i));
        }
        return plan.keeping(cases);
    }
}
