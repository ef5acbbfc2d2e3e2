package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One output of one run, or a part of it where it is large, beside what the reference says of it.
///
/// The bound is that of the judge without its finer points: what is to be explained is much wrong or it is not
/// explained.
final class Held {
    /// Operations spent on a reference; what exceeds it is sampled.
    private static final double MOST_FLOPS = 2e9;

    private static final int MOST_ELEMENTS = 1 << 19;

    final Evidence evidence;
    final Evidence.Run run;
    final String name;
    final int position;
    final Shape shape;
    final DType dtype;
    final List<Region> regions;
    /// Row-major numbers of the elements.
    final long[] numbers;

    final double[] got;
    final double[] want;
    /// σ and D of each element, as the contract allows them.
    final double[] sigma;

    final double[] deterministic;
    final boolean[] open;
    final boolean[] wrong;
    final int wrongs;

    private Held(Evidence evidence, Evidence.Run run, int position, List<Region> regions, Oracle oracle) {
        this.evidence = evidence;
        this.run = run;
        this.position = position;
        this.name = evidence.call().outputs().get(position).name();
        this.shape = oracle.shape(position);
        this.regions = regions;
        Tensor output = output(run.outputs(), name);
        this.dtype = output.dtype();
        int count = Math.toIntExact(regions.stream().mapToLong(Region::elements).sum());
        this.numbers = new long[count];
        this.got = new double[count];
        this.open = new boolean[count];
        this.wrong = new boolean[count];
        int at = 0;
        for (Region region : regions) {
            for (int i = 0; i < region.elements(); i++) {
                numbers[at] = region.number(shape, i);
                got[at] = output.get(numbers[at]);
                at++;
            }
        }
        Values values = values(oracle, 1);
        this.want = values.want;
        this.sigma = values.sigma;
        this.deterministic = values.deterministic;
        int found = 0;
        for (int i = 0; i < count; i++) {
            open[i] = (values.flags[i] & ExpectedBlock.ANY) != 0
                    || ((values.flags[i] & ExpectedBlock.OR_NOT_FINITE) != 0 && !Double.isFinite(got[i]));
            wrong[i] = !open[i] && !values.holds(i);
            found += wrong[i] ? 1 : 0;
        }
        this.wrongs = found;
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        Tensor tensor = outputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no output " + name);
        }
        return tensor;
    }

    /// All outputs that were asked for and read back.
    static List<Held> all(Evidence evidence, Evidence.Run run) {
        Call call = evidence.call();
        Oracle oracle = evidence.operator().oracle(call, new Inputs(run.inputs()), evidence.contract());
        List<Held> all = new ArrayList<>();
        for (int position = 0; position < call.outputs().size(); position++) {
            String name = call.outputs().get(position).name();
            if (call.outputs().get(position).spec().isPresent() && run.outputs().containsKey(name)) {
                all.add(new Held(evidence, run, position, regions(evidence, oracle, position), oracle));
            }
        }
        return all;
    }

    private static List<Region> regions(Evidence evidence, Oracle oracle, int position) {
        long elements = oracle.shape(position).elements();
        double each = evidence.operator().cost(evidence.call()).flops() / Math.max(1, elements);
        double most = Math.max(64, Math.min(MOST_ELEMENTS, MOST_FLOPS / Math.max(1, each)));
        List<Region> all = new ArrayList<>();
        oracle.regions(position).forEach(all::add);
        if (elements <= most) {
            return all;
        }
        // The first and the last boxes and some between, each cut to its share.
        int boxes = Math.min(all.size(), 8);
        double share = most / boxes;
        List<Region> some = new ArrayList<>();
        for (int i = 0; i < boxes; i++) {
            int pick = boxes == 1 ? 0 : (int) ((long) i * (all.size() - 1) / (boxes - 1));
            some.add(cut(all.get(pick), share, i % 2 == 1));
        }
        return some;
    }

    /// The start or the end of a box along its first dimension that has a size.
    private static Region cut(Region region, double share, boolean end) {
        long[] size = region.size().toArray();
        int axis = 0;
        while (axis < size.length - 1 && size[axis] == 1) {
            axis++;
        }
        if (axis >= size.length - 1 || region.elements() <= share) {
            return region;
        }
        long keep = Math.max(1, (long) (size[axis] * (share / region.elements())));
        long[] start = new long[size.length];
        for (int d = 0; d < start.length; d++) {
            start[d] = region.start(d);
        }
        start[axis] += end ? size[axis] - keep : 0;
        size[axis] = keep;
        return Region.of(start, size);
    }

    int count() {
        return got.length;
    }

    long[] at(int i) {
        return shape.coordinates(numbers[i]);
    }

    /// Numbers of the wrong elements, at most so many, evenly spread.
    int[] someWrong(int most) {
        int[] picked = new int[Math.min(most, wrongs)];
        int seen = 0;
        int taken = 0;
        for (int i = 0; i < count() && taken < picked.length; i++) {
            if (wrong[i]) {
                if ((long) seen * picked.length / wrongs >= taken) {
                    picked[taken++] = i;
                }
                seen++;
            }
        }
        return java.util.Arrays.copyOf(picked, taken);
    }

    /// Numbers of elements whose value is finite and known, at most so many, evenly spread.
    int[] some(int most) {
        int step = Math.max(1, count() / most);
        return java.util.stream.IntStream.range(0, count() / step)
                .map(n -> n * step + n % step)
                .filter(i -> !open[i] && Double.isFinite(got[i]) && Double.isFinite(want[i]))
                .limit(most)
                .toArray();
    }

    double ulp(double value) {
        return Double.isFinite(value) ? dtype.ulp(value) : 0;
    }

    double limit(int i) {
        double before = deterministic[i] + lambda() * sigma[i];
        return ulp(Math.abs(want[i]) + before) / 2 + before;
    }

    double lambda() {
        return RuleConstants.lambda(shape.elements());
    }

    /// What another reading or another contract says of the same elements.
    Values under(Call call, Inputs inputs, ComputeContract contract, double factor) {
        return values(evidence.operator().oracle(call, inputs, contract), factor);
    }

    private Values values(Oracle oracle, double factor) {
        Values values = new Values(count());
        ExpectedBlock block = new ExpectedBlock();
        int at = 0;
        for (Region region : regions) {
            block.reset(region);
            oracle.expect(
                    position,
                    region,
                    other -> output(
                            run.outputs(), evidence.call().outputs().get(other).name()),
                    block);
            for (int i = 0; i < block.elements(); i++, at++) {
                values.want[at] = factor * (block.values()[i] + block.lows()[i]);
                values.sigma[at] = Math.abs(factor) * block.sigmas()[i];
                values.deterministic[at] = Math.abs(factor) * block.deterministic()[i];
                values.flags[at] = block.flags()[i];
            }
        }
        return values;
    }

    /// Expectations for the elements held.
    final class Values {
        final double[] want;
        final double[] sigma;
        final double[] deterministic;
        final byte[] flags;

        private Values(int count) {
            want = new double[count];
            sigma = new double[count];
            deterministic = new double[count];
            flags = new byte[count];
        }

        /// Whether what the device returned is what is expected here.
        boolean holds(int i) {
            if ((flags[i] & ExpectedBlock.ANY) != 0) {
                return true;
            }
            double expected = want[i];
            if (!Double.isFinite(expected) || !Double.isFinite(got[i])) {
                boolean overflows = Double.isInfinite(got[i])
                        && Double.isInfinite(dtype.round(Math.abs(expected)))
                        && Math.signum(got[i]) == Math.signum(expected);
                return Double.compare(got[i], expected) == 0
                        || overflows
                        || (!Double.isFinite(got[i]) && (flags[i] & ExpectedBlock.OR_NOT_FINITE) != 0);
            }
            double before = deterministic[i] + lambda() * sigma[i];
            if (evidence.contract().flushesOutputs()) {
                before += dtype.minNormal();
            }
            double rounding = ulp(Math.abs(expected) + before)
                    * (evidence.contract().outputRounding() == ComputeContract.Rounding.TOWARD_ZERO ? 1 : 0.5);
            if (evidence.contract().outputViaF32()) {
                before += DType.F32.ulp(expected) / 2;
            }
            if (before == 0) {
                return got[i] == dtype.round(expected) || Math.abs(got[i] - expected) <= rounding * (1 - 0x1p-40);
            }
            return Math.abs(got[i] - expected) <= rounding + before;
        }

        /// Part of the elements that are as expected here.
        double held() {
            int held = 0;
            for (int i = 0; i < count(); i++) {
                held += open[i] || holds(i) ? 1 : 0;
            }
            return count() == 0 ? 1 : (double) held / count();
        }
    }
}
