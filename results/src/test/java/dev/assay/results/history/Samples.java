package dev.assay.results.history;

import dev.assay.results.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/// Series for tests.
final class Samples {
    private Samples() {}

    static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    /// Values around 1000 with this relative noise, neighbours correlated, those from `step` on larger by
    /// `stepPct`.
    static double[] noisy(
            RandomGenerator random, int length, double noise, double correlation, int step, double stepPct) {
        double[] values = new double[length];
        double state = random.nextGaussian();
        for (int i = 0; i < length; i++) {
            double level = i >= step ? 1000 * (1 + stepPct / 100) : 1000;
            values[i] = level * Math.exp(noise * state);
            state = correlation * state + Math.sqrt(1 - correlation * correlation) * random.nextGaussian();
        }
        return values;
    }

    static Series.Key key(String caseId) {
        return new Series.Key(
                "smoke", caseId, "0123456789abcdef", 1, "acme", "", "Acme One", "xeon-1", "run", "measured", "jmh");
    }

    /// A series with one run a day; null for a run that failed.
    static Series series(String caseId, @Nullable Double... values) {
        List<Series.Point> points = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            String day = String.format(Locale.ROOT, "2026-%02d-%02d", 1 + i / 28, 1 + i % 28);
            Verdict verdict = values[i] == null ? Verdict.FAIL : Verdict.PASS;
            points.add(new Series.Point("run" + i, day + "T08:00:00Z", "0.1", "2." + i, verdict, values[i]));
        }
        return new Series(key(caseId), "ns", points);
    }

    static Series series(String caseId, double[] values) {
        Double[] boxed = new Double[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return series(caseId, boxed);
    }
}
