package dev.assay.engine.judge;

import dev.assay.operator.CheapOracle;
import dev.assay.operator.Region;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/// Finds NaN and infinities in an output that is not looked at element by element.
final class NotFinite {
    private static final int CHUNK = 1 << 14;
    /// Elements that are asked about: where right outputs are full of infinities the samples must do.
    private static final int MOST = 64;

    private NotFinite() {}

    /// What to compare beside the samples so that the first elements outside them that are not finite are covered.
    static Set<Region> outside(List<Region> samples, Tensor actual, CheapOracle cheap) {
        long elements = actual.shape().elements();
        Set<Region> regions = new LinkedHashSet<>();
        long[] chunks = LongStream.range(0, Math.ceilDiv(elements, (long) CHUNK))
                .parallel()
                .filter(chunk -> !found(actual, chunk, elements, 1).isEmpty())
                .toArray();
        for (int i = 0; i < chunks.length && regions.size() < MOST; i++) {
            for (long number : found(actual, chunks[i], elements, CHUNK)) {
                long[] at = actual.shape().coordinates(number);
                if (regions.size() < MOST && samples.stream().noneMatch(sample -> sample.contains(at))) {
                    regions.add(cheap.around(at));
                }
            }
        }
        return regions;
    }

    private static List<Long> found(Tensor actual, long chunk, long elements, int most) {
        long first = chunk * CHUNK;
        int count = (int) Math.min(CHUNK, elements - first);
        double[] run = new double[count];
        actual.decode(first, count, run, 0);
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count && numbers.size() < most; i++) {
            if (!Double.isFinite(run[i])) {
                numbers.add(first + i);
            }
        }
        return numbers;
    }
}
