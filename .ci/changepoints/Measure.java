import dev.assay.results.history.ChangePoints;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/// Measures on made-up series how often `assay history` sees what is not there, and how often what is. Prints the
/// tables of docs/history.md.
final class Measure {
    private static final int SERIES = 1000;
    private static final long SEED = 20261128;

    /// Noise of a made-up series.
    private enum Noise {
        NORMAL_1("normal, 1 %", 0.01, 0),
        NORMAL_3("normal, 3 %", 0.03, 0),
        NORMAL_10("normal, 10 %", 0.10, 0),
        HEAVY_3("3 %, every tenth run up to twice as slow", 0.03, 0),
        NEIGHBOURS_3("3 %, neighbours correlated by 0.3", 0.03, 0.3),
        NEIGHBOURS_5("3 %, neighbours correlated by 0.5", 0.03, 0.5);

        private final String words;
        private final double size;
        private final double correlation;

        Noise(String words, double size, double correlation) {
            this.words = words;
            this.size = size;
            this.correlation = correlation;
        }

        private double[] series(RandomGenerator random, int length, int step, double stepPct) {
            double[] values = new double[length];
            double state = random.nextGaussian();
            for (int i = 0; i < length; i++) {
                double level = i >= step ? 1000 * (1 + stepPct / 100) : 1000;
                values[i] = level * Math.exp(size * state);
                if (this == HEAVY_3 && random.nextInt(10) == 0) {
                    values[i] *= 1 + random.nextDouble();
                }
                state = correlation * state + Math.sqrt(1 - correlation * correlation) * random.nextGaussian();
            }
            return values;
        }
    }

    private static ChangePoints[] found(Noise noise, int length, int step, double stepPct) {
        return IntStream.range(0, SERIES)
                .parallel()
                .mapToObj(i -> {
                    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom")
                            .create(SEED + i + 10_000L * length + 1_000_000L * noise.ordinal() + 100_000_000L * step);
                    double[] values = noise.series(random, length, step, stepPct);
                    return ChangePoints.in(values, new ChangePoints.Search(2, ChangePoints.PERMUTATIONS, SEED ^ i));
                })
                .toArray(ChangePoints[]::new);
    }

    private static double share(ChangePoints[] all, java.util.function.Predicate<ChangePoints> what) {
        return 100.0 * java.util.Arrays.stream(all).filter(what).count() / all.length;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share);
    }

    public static void main(String[] arguments) {
        System.out.println("| noise | runs | a change is seen | a provisional one is seen |");
        System.out.println("|---|---|---|---|");
        for (Noise noise : Noise.values()) {
            for (int length : new int[] {10, 20, 50, 100}) {
                ChangePoints[] all = found(noise, length, length, 0);
                System.out.println("| " + noise.words + " | " + length + " | "
                        + percent(share(all, one -> one.starts().size() > 1)) + " | "
                        + percent(share(all, one -> one.provisional().isPresent())) + " |");
            }
        }
        System.out.println();
        System.out.println("| noise | change | runs before | runs after | seen | at most one run off | provisional |");
        System.out.println("|---|---|---|---|---|---|---|");
        int before = 20;
        for (Noise noise : new Noise[] {Noise.NORMAL_3, Noise.HEAVY_3, Noise.NORMAL_10}) {
            for (double change : new double[] {5, 10, 20}) {
                for (int after : new int[] {2, 3, 4, 5, 7, 10}) {
                    ChangePoints[] all = found(noise, before + after, before, change);
                    System.out.println("| " + noise.words + " | +" + (int) change + " % | " + before + " | " + after
                            + " | " + percent(share(all, one -> one.starts().size() > 1)) + " | "
                            + percent(share(
                                    all,
                                    one -> one.starts().stream()
                                            .anyMatch(at -> at > 0 && Math.abs(at - before) <= 1)))
                            + " | " + percent(share(all, one -> one.provisional().isPresent())) + " |");
                }
            }
        }
    }
}
