package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SummationsTest {
    private static float[] random(int count, SplittableRandom random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-9, 9)));
        }
        return values;
    }

    /// A sum may not depend on how many others are taken beside it.
    @Test
    void sumsSideBySideHaveTheBitsOfEachAlone() {
        SplittableRandom random = new SplittableRandom(20261129);
        for (int others = 0; others < 20; others++) {
            for (int count : new int[] {0, 1, 7, 80}) {
                float[] line = random(count, random);
                float[][] columns = new float[others][];
                Arrays.setAll(columns, j -> random(count, random));
                double[] got = new double[others + 3];
                Arrays.fill(got, 0.5);
                double[] want = got.clone();
                for (int j = 0; j < others; j++) {
                    want[j + 2] = Summations.CHAINED.dot(line, columns[j], count);
                }
                Summations.CHAINED.dots(line, columns, count, got, 2);
                assertArrayEquals(want, got, others + " others of " + count + " terms");
            }
        }
    }
}
