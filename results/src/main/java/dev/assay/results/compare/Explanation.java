package dev.assay.results.compare;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.RowKey;
import dev.assay.results.SampleRow;
import dev.assay.results.compare.RoundValues.Watch;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Shows what a verdict stands on: every sample, by round and side, and every number on the way.
final class Explanation {
    private static final int MOST_SAMPLES = 8;

    private final PrintWriter out;

    Explanation(PrintWriter out) {
        this.out = out;
    }

    /// Throws [HarnessException] if there is nothing to say about such a case.
    ///
    /// @param again the folders of the rounds that confirm
    void print(Pair pair, Optional<Pair> again, List<CompareRow> all, String caseId) throws IOException {
        List<CompareRow> rows =
                all.stream().filter(row -> row.caseId().equals(caseId)).toList();
        if (rows.isEmpty()) {
            throw new HarnessException(
                    "nothing to explain about case '" + caseId + "'",
                    "--explain " + caseId,
                    "give the id of a case that was timed in both runs, or whose result changed: compare.csv has them");
        }
        for (CompareRow row : rows) {
            out.println(row.caseId() + ", seed " + row.seed() + ", on " + Digest.backend(row)
                    + (row.baseBackend().equals(Digest.backend(row)) ? "" : ", base " + row.baseBackend()));
            String what = Digest.isResult(row) ? "result" : row.metric() + " by clock " + row.clock();
            out.println("  " + what + ": " + row.verdict().word() + "; " + row.reason());
            if (row.nBase() != null) {
                Pair from = row.stage() == 1 ? pair : again.orElse(pair);
                samples(from, row);
                numbers(row, all);
            }
            out.println();
        }
    }

    private void samples(Pair pair, CompareRow row) throws IOException {
        List<SampleRow> before = samples(pair.base(), pair, row);
        List<SampleRow> after = samples(pair.candidate(), pair, row);
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("round", "base", "its samples", "candidate", "its samples", "change", "log of the ratio"));
        Set<Integer> rounds = new TreeSet<>();
        before.forEach(sample -> rounds.add(sample.round()));
        after.forEach(sample -> rounds.add(sample.round()));
        for (int round : rounds) {
            Optional<Double> base = smallest(before, round);
            Optional<Double> candidate = smallest(after, round);
            @Nullable Double ratio = base.isPresent() && candidate.isPresent() ? candidate.get() / base.get() : null;
            boolean isPair = ratio != null && !row.design().equals("unpaired");
            lines.add(List.of(
                    Integer.toString(round),
                    Numbers.time(base.orElse(null), row.unit()),
                    values(before, round),
                    Numbers.time(candidate.orElse(null), row.unit()),
                    values(after, round),
                    isPair ? Numbers.change(ratio) : "",
                    isPair && ratio != null ? String.format(Locale.ROOT, "%+.5f", Math.log(ratio)) : ""));
        }
        TextReport.columns(out, lines);
    }

    private static Optional<Double> smallest(List<SampleRow> samples, int round) {
        return samples.stream()
                .filter(sample -> sample.round() == round)
                .map(SampleRow::value)
                .min(Double::compare);
    }

    private static String values(List<SampleRow> samples, int round) {
        List<SampleRow> own =
                samples.stream().filter(sample -> sample.round() == round).toList();
        String shown = own.stream()
                .limit(MOST_SAMPLES)
                .map(sample -> Numbers.digits(sample.value()))
                .collect(Collectors.joining(" "));
        return own.size() <= MOST_SAMPLES ? shown : shown + " ... of " + own.size();
    }

    private static List<SampleRow> samples(Side side, Pair pair, CompareRow row) throws IOException {
        RowKey wanted = pair.matched(row.key());
        try (CaseCursor cases = new CaseCursor(side)) {
            for (CaseRow at = cases.row(); at != null; at = cases.row()) {
                if (pair.matched(at).equals(wanted)) {
                    Watch watch = new Watch(row.metric(), row.clock());
                    return cases.samples(at).stream()
                            .filter(sample -> new Watch(sample.metric(), sample.clock()).equals(watch))
                            .toList();
                }
                cases.advance();
            }
        }
        return List.of();
    }

    private void numbers(CompareRow row, List<CompareRow> all) {
        Integer m = row.nBase();
        Integer n = row.nCand();
        if (m == null || n == null) {
            return;
        }
        say("design", row.design().isEmpty() ? "none" : row.design() + ", " + m + " and " + n + " rounds");
        say(
                "center",
                Numbers.time(row.base(), row.unit()) + " and " + Numbers.time(row.cand(), row.unit())
                        + ", medians of the rounds' smallest samples");
        if (row.ratio() == null) {
            return;
        }
        switch (row.design()) {
            case "paired" -> {
                long means = (long) n * (n + 1) / 2;
                say(
                        "estimate",
                        Numbers.change(row.ratio()) + ", median of the " + means
                                + " means of two differences (Hodges and Lehmann)");
                interval(row, n <= SignedRank.MOST_EXACT ? SignedRank.distribution(n) : null, "means");
            }
            case "unpaired" -> {
                say(
                        "estimate",
                        Numbers.change(row.ratio()) + ", median of the " + (long) m * n
                                + " differences between a round of each (Hodges and Lehmann)");
                interval(row, RankSum.isExact(m, n) ? RankSum.distribution(m, n) : null, "differences");
            }
            default -> say("ratio", Double.toString(row.ratio()) + ", exact");
        }
        if (row.p() != null) {
            long tested = all.stream().filter(other -> other.p() != null).count();
            say(
                    "p",
                    Numbers.probability(row.p()) + " of no change, "
                            + (row.design().equals("paired") ? "signed-rank test" : "test of Mann and Whitney") + "; "
                            + Numbers.probability(row.pAdjusted()) + " adjusted for " + tested + " times");
        }
        say(
                "noise floor",
                row.noiseFloorPct() == null ? "unknown, no calibration" : Numbers.percent(row.noiseFloorPct()));
        say(
                "detectable",
                Numbers.percent(row.detectablePct())
                        + (row.noiseFloorPct() == null
                                ? " in 4 of 5 tries, from these rounds alone"
                                : " in 4 of 5 tries"));
        say("margin", Numbers.percent(row.marginPct()));
        if (row.driftPct() != null && row.ratio() != null) {
            double drift = row.driftPct();
            say(
                    "drift",
                    Numbers.percent(drift) + " of the control kernels; without it the change would be "
                            + Numbers.change(row.ratio() / (1 + drift / 100)));
        }
    }

    private void interval(CompareRow row, @Nullable NullDistribution distribution, String what) {
        Double confidence = row.confidence();
        if (confidence == null) {
            say("interval", "none from so few rounds");
            return;
        }
        String from = "";
        if (distribution != null) {
            // The level is a sum of chances, subtracted from 1: the allowance makes up for its rounding.
            int depth = distribution.depth((1 - confidence) / 2 * (1 + 1e-9));
            from = ", from number " + depth + " of these " + what + " to number " + depth + " from the end";
        }
        say(
                "interval",
                Numbers.interval(row.ratioLow(), row.ratioHigh()) + " with a confidence of "
                        + Numbers.digits(100 * confidence) + " %" + from);
    }

    private void say(String name, String text) {
        out.println("  " + name + ": " + text);
    }
}
