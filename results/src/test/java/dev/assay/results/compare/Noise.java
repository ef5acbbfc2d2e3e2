package dev.assay.results.compare;

import java.util.Random;
import org.apache.commons.statistics.distribution.NormalDistribution;

/// Simulated samples of rounds. Of the variance of a single sample half belongs to the round, the other
/// half to the iteration (an intraclass correlation of 0.5), and neighbouring iterations have a
/// correlation of 0.5.
enum Noise {
    /// The logarithm of a sample is normal: noise to both sides, of which the smallest sample escapes
    /// little.
    SYMMETRIC {
        @Override
        double sample(double cv, double round, double iteration) {
            double sigma = Math.sqrt(Math.log1p(cv * cv));
            return Math.exp(sigma * Math.sqrt(0.5) * (round + iteration));
        }
    },
    /// What else the machine does comes on top of the true time, exponentially distributed: noise to
    /// one side.
    CONTENTION {
        @Override
        double sample(double cv, double round, double iteration) {
            // Two exponentials of mean k on top of 1 have the variance 2 k² and the mean 1 + 2 k.
            double k = cv / (Math.sqrt(2) - 2 * cv);
            return 1 + k * (exponential(round) + exponential(iteration));
        }
    };

    private static final double CORRELATION = 0.5;
    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    /// A sample of a kernel that takes 1.
    ///
    /// @param cv coefficient of variation of a single sample
    /// @param round standard normal
    /// @param iteration standard normal
    abstract double sample(double cv, double round, double iteration);

    static double exponential(double normal) {
        return -Math.log(NORMAL.survivalProbability(normal));
    }

    /// Smallest samples of some rounds of each of several arms, by arm.
    ///
    /// @param shared part of what belongs to a round that all its arms have in common, 0 to 1
    double[][] rounds(Random random, double cv, double shared, int arms, int rounds, int iterations) {
        double[][] smallest = new double[arms][rounds];
        for (int r = 0; r < rounds; r++) {
            double machine = random.nextGaussian();
            for (int arm = 0; arm < arms; arm++) {
                double process = random.nextGaussian();
                double round = Math.sqrt(shared) * machine + Math.sqrt(1 - shared) * process;
                double iteration = random.nextGaussian();
                smallest[arm][r] = Double.POSITIVE_INFINITY;
                for (int i = 0; i < iterations; i++) {
                    smallest[arm][r] = Math.min(smallest[arm][r], sample(cv, round, iteration));
                    iteration =
                            CORRELATION * iteration + Math.sqrt(1 - CORRELATION * CORRELATION) * random.nextGaussian();
                }
            }
        }
        return smallest;
    }
}
