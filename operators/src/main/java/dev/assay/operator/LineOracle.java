package dev.assay.operator;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Base of the oracles of operators that treat lines of a tensor, each by itself.
///
/// A subclass works a line out once ([#line]) and hands over those of its results that a box holds, whatever the box.
public abstract class LineOracle implements Oracle {
    private static final int ELEMENTS_PER_TASK = 1 << 14;

    private final int length;
    private final List<Layout> layouts;

    /// How the results of lines make an output.
    ///
    /// @param axes dimensions along which the results of one line stand, in ascending order; all others number the
    ///     lines
    /// @param run if positive, lines are instead runs of so many results in row-major order
    public record Layout(Shape shape, List<Integer> axes, long run) {
        public Layout {
            axes = List.copyOf(axes);
        }

        private Layout(Shape shape, List<Integer> axes) {
            this(shape, axes, 0);
        }

        /// Lines that are runs of results in row-major order, wherever dimensions end.
        public static Layout runs(Shape shape, long run) {
            return new Layout(shape, List.of(), Math.max(1, run));
        }

        /// One result for each element of a line, in its place.
        public static Layout whole(TensorLines lines) {
            return new Layout(lines.shape(), Arrays.stream(lines.axes()).boxed().toList());
        }

        /// One result for each line.
        ///
        /// @param keep whether the dimensions of the lines stay, with size 1
        public static Layout reduced(TensorLines lines, boolean keep) {
            return new Layout(
                    lines.reduced(keep),
                    keep ? Arrays.stream(lines.axes()).boxed().toList() : List.of());
        }
    }

    /// A line that is worked out.
    @FunctionalInterface
    public interface Line {
        /// Writes the expectation of one of its results.
        ///
        /// @param output position in the signature
        /// @param position along the output's own line
        /// @param to element of the block
        void write(int output, int position, ExpectedBlock into, int to);
    }

    /// @param length of the lines that are read
    /// @param layouts of the outputs, in the order of the signature
    protected LineOracle(int length, List<Layout> layouts) {
        this.length = length;
        this.layouts = List.copyOf(layouts);
    }

    /// Works a line out. Called from many threads at a time.
    protected abstract Line line(long number, Observed device);

    @Override
    public final Shape shape(int output) {
        return layouts.get(output).shape();
    }

    /// Results of a line share errors. Where lines lie side by side, all of them are one observation.
    @Override
    public long cluster(int output) {
        Layout layout = layouts.get(output);
        if (layout.run() > 0) {
            return layout.run();
        }
        return layout.axes().isEmpty()
                ? 1
                : Math.max(
                        1,
                        layout.shape()
                                .slice(layout.axes().getFirst(), layout.shape().rank())
                                .elements());
    }

    /// Boxes of whole lines, as long as they are not too large.
    @Override
    public Iterable<Region> regions(int output) {
        long capacity = ExpectedBlock.USUAL_CAPACITY;
        return Region.rows(shape(output), Math.max(capacity, Math.min(cluster(output), 4 * capacity)));
    }

    @Override
    public final void expect(int output, Region region, Observed device, ExpectedBlock into) {
        if (region.elements() == 0) {
            return;
        }
        Layout layout = layouts.get(output);
        if (layout.run() > 0) {
            expectRuns(output, layout, region, device, into);
            return;
        }
        int rank = layout.shape().rank();
        int[] inner = layout.axes().stream().mapToInt(Integer::intValue).toArray();
        int[] outer = IntStream.range(0, rank)
                .filter(axis -> Arrays.binarySearch(inner, axis) < 0)
                .toArray();
        long[] steps = region.size().denseStrides();
        long[][] positions = places(layout.shape(), region, inner, steps);
        long[][] lines = places(layout.shape(), region, outer, steps);
        int perTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, length));
        Parallel.forEach(Math.ceilDiv(lines.length, perTask), task -> {
            for (int i = task * perTask; i < Math.min(lines.length, (task + 1) * perTask); i++) {
                Line line = line(lines[i][0], device);
                for (long[] position : positions) {
                    line.write(output, (int) position[0], into, (int) (lines[i][1] + position[1]));
                }
            }
        });
    }

    private void expectRuns(int output, Layout layout, Region region, Observed device, ExpectedBlock into) {
        long[] numbers = new long[Math.toIntExact(region.elements())];
        Arrays.setAll(numbers, i -> region.number(layout.shape(), i));
        // A box is in row-major order, and so are its parts of lines.
        int[] starts = IntStream.range(0, numbers.length)
                .filter(i -> i == 0 || numbers[i] / layout.run() != numbers[i - 1] / layout.run())
                .toArray();
        int perTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, length));
        Parallel.forEach(Math.ceilDiv(starts.length, perTask), task -> {
            for (int n = task * perTask; n < Math.min(starts.length, (task + 1) * perTask); n++) {
                int end = n + 1 < starts.length ? starts[n + 1] : numbers.length;
                Line line = line(numbers[starts[n]] / layout.run(), device);
                for (int i = starts[n]; i < end; i++) {
                    line.write(output, (int) (numbers[i] % layout.run()), into, i);
                }
            }
        });
    }

    /// Writes a number and what a kernel's may err by.
    public static void put(Estimate estimate, ExpectedBlock into, int to) {
        DoubleDouble value = estimate.value();
        boolean finite = Double.isFinite(value.hi());
        into.values()[to] = value.hi();
        if (finite && value.lo() != 0) {
            into.lows()[to] = value.lo();
        }
        double error = estimate.sigma() + estimate.certain();
        if (estimate.has(Estimate.OPEN) || (finite && !(error <= Double.MAX_VALUE))) {
            into.mark(to, ExpectedBlock.ANY);
        } else if (finite && error > 0) {
            into.allow(to, estimate.sigma(), estimate.certain());
            if (estimate.systematic() > 0) {
                into.systematic()[to] = estimate.systematic();
            }
        }
        if (estimate.has(Estimate.NOT_FINITE)) {
            into.mark(to, ExpectedBlock.OR_NOT_FINITE);
        }
        if (estimate.has(Estimate.GUARDED)) {
            into.mark(to, ExpectedBlock.GUARDED);
        }
    }

    /// For every combination of a box's coordinates along these dimensions: its number among all there are, and its
    /// share of the number of an element of the box.
    private static long[][] places(Shape shape, Region region, int[] axes, long[] steps) {
        long[][] all = {{0, 0}};
        for (int axis : axes) {
            long[] along = region.along(axis);
            long[][] more = new long[all.length * along.length][];
            for (int i = 0; i < all.length; i++) {
                for (int k = 0; k < along.length; k++) {
                    more[i * along.length + k] =
                            new long[] {all[i][0] * shape.dim(axis) + along[k], all[i][1] + k * steps[axis]};
                }
            }
            all = more;
        }
        return all;
    }
}
