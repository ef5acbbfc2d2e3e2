package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Relation;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/// One output of one run, or a part of it where it is large, beside what the reference says of it.
///
/// The bound is that of the judge without its finer points: what is to be explained is much wrong or it
/// is not explained.
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

    /// Number of the relation whose left side it is; negative if it is an output.
    final int relation;

    private Held(Evidence evidence, Evidence.Run run, int position, List<Region> regions, Oracle oracle) {
        this(evidence, run, position, -1, regions, oracle);
    }

    private Held(Evidence evidence, Evidence.Run run, int position, int relation, List<Region> regions, Oracle oracle) {
        this.evidence = evidence;
        this.run = run;
        this.position = position;
        this.relation = relation;
        this.regions = regions;
        LongToDoubleFunction found = number -> Double.NaN;
        if (relation < 0) {
            this.name = evidence.call().outputs().get(position).name();
            this.shape = oracle.shape(position);
            Tensor output = output(run.outputs(), name);
            this.dtype = output.dtype();
            found = output::get;
        } else {
            Relation one = oracle.relations().get(relation);
            this.name = one.name();
            this.shape = one.shape();
            this.dtype = one.dtype();
        }
        int count = Math.toIntExact(regions.stream().mapToLong(Region::elements).sum());
        this.numbers = new long[count];
        this.got = new double[count];
        this.open = new boolean[count];
        this.wrong = new boolean[count];
        int at = 0;
        for (Region region : regions) {
            for (int i = 0; i < region.elements(); i++) {
                numbers[at] = region.number(shape, i);
                got[at] = found.applyAsDouble(numbers[at]);
                at++;
            }
        }
        Values values = values(oracle, 1);
        if (relation >= 0) {
            System.arraycopy(values.got, 0, got, 0, count);
        }
        this.want = values.want;
        this.sigma = values.sigma;
        this.deterministic = values.deterministic;
        int wrongHere = 0;
        for (int i = 0; i < count; i++) {
            open[i] = (values.flags[i] & ExpectedBlock.ANY) != 0
                    || ((values.flags[i] & ExpectedBlock.OR_NOT_FINITE) != 0 && !Double.isFinite(got[i]));
            wrong[i] = !open[i] && !values.holds(i);
            wrongHere += wrong[i] ? 1 : 0;
        }
        this.wrongs = wrongHere;
    }

    /// A part of it with wrong elements, and so few that many readings can be tried on it.
    Held part(int most) {
        Region best = regions.getFirst();
        int at = 0;
        int worst = -1;
        for (Region region : regions) {
            int wrongHere = 0;
            for (int i = 0; i < region.elements(); i++) {
                wrongHere += wrong[at++] ? 1 : 0;
            }
            if (wrongHere > worst) {
                worst = wrongHere;
                best = region;
            }
        }
        Region region = cut(best, most, false);
        Oracle oracle = evidence.operator().oracle(evidence.call(), new Inputs(run.inputs()), evidence.contract());
        return new Held(evidence, run, position, relation, List.of(region), oracle);
    }

    private static Tensor output(Map<String, Tensor> outputs, String name) {
        Tensor tensor = outputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no output " + name);
        }
        return tensor;
    }

    /// All outputs that were asked for and read back, and what they come to together.
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
        boolean whole = call.outputs().stream()
                .allMatch(output -> output.spec().isEmpty() || run.outputs().containsKey(output.name()));
        List<Relation> relations = whole ? oracle.relations() : List.of();
        for (int n = 0; n < relations.size(); n++) {
            List<Region> boxes = Region.rows(relations.get(n).shape(), ExpectedBlock.USUAL_CAPACITY);
            all.add(new Held(evidence, run, 0, n, boxes, oracle));
        }
        return all;
    }

    private static List<Region> regions(Evidence evidence, Oracle oracle, int position) {
        long elements = oracle.shape(position).elements();
        double each = evidence.operator().referenceFlops(evidence.call()) / Math.max(1, elements);
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

    /// What a reading says of the same elements, by an operator of its own if it has one.
    ///
    /// @param seen what the device is supposed to have answered
    Values under(Misreading reading, Observed seen) {
        return values(oracle(reading), reading.factor(), seen);
    }

    /// The same of a reading whose outputs have other sizes.
    ///
    /// @param place of an element in the reading's output; negative if it says nothing of it
    Values elsewhere(Misreading reading, LongUnaryOperator place) {
        if (relation >= 0) {
            throw new IllegalStateException("relations say nothing of outputs of other sizes");
        }
        Oracle oracle = oracle(reading);
        int size = Math.toIntExact(oracle.shape(position).elements());
        Values all = new Values(size);
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(position, region, observed(), block);
            for (int i = 0; i < block.elements(); i++) {
                read(block, i, reading.factor(), all, (int) region.number(oracle.shape(position), i));
            }
        }
        Values values = new Values(count());
        for (int i = 0; i < count(); i++) {
            long from = place.applyAsLong(numbers[i]);
            if (from < 0) {
                values.flags[i] = ExpectedBlock.ANY;
                continue;
            }
            values.want[i] = all.want[(int) from];
            values.sigma[i] = all.sigma[(int) from];
            values.deterministic[i] = all.deterministic[(int) from];
            values.flags[i] = all.flags[(int) from];
        }
        return values;
    }

    private Oracle oracle(Misreading reading) {
        Operator operator = reading.by()
                .orElseGet(() -> Operators.has(reading.call().operator())
                        ? Operators.named(reading.call().operator(), "a reading")
                        : evidence.operator());
        return operator.oracle(reading.call(), reading.inputs(), evidence.contract());
    }

    /// What the device answered.
    Observed observed() {
        return other ->
                output(run.outputs(), evidence.call().outputs().get(other).name());
    }

    /// The largest error that a reading leaves room for.
    double limit(Values values, int i) {
        double before = values.deterministic[i] + lambda() * values.sigma[i];
        return ulp(Math.abs(values.want[i]) + before) / 2 + before;
    }

    private Values values(Oracle oracle, double factor) {
        return values(oracle, factor, observed());
    }

    private Values values(Oracle oracle, double factor, Observed seen) {
        Values values = new Values(count());
        ExpectedBlock block = new ExpectedBlock();
        Optional<Relation.Sides> sides = relation < 0
                ? Optional.empty()
                : Optional.of(oracle.relations().get(relation).sides(seen));
        int at = 0;
        for (Region region : regions) {
            block.reset(region);
            if (sides.isPresent()) {
                for (int i = 0; i < block.elements(); i++) {
                    sides.get().expect(region.number(shape, i), block, i);
                    values.got[at + i] = sides.get().actual(region.number(shape, i));
                }
            } else {
                oracle.expect(position, region, seen, block);
            }
            for (int i = 0; i < block.elements(); i++, at++) {
                read(block, i, factor, values, at);
            }
        }
        return values;
    }

    private static void read(ExpectedBlock block, int i, double factor, Values into, int at) {
        into.want[at] = factor * (block.values()[i] + block.lows()[i]);
        into.sigma[at] = Math.abs(factor) * block.sigmas()[i];
        into.deterministic[at] = Math.abs(factor) * block.deterministic()[i];
        into.flags[at] = block.flags()[i];
    }

    /// Expectations for the elements held.
    final class Values {
        /// What was returned, or what it comes to if this reading is the right one.
        final double[] got;

        final double[] want;
        final double[] sigma;
        final double[] deterministic;
        final byte[] flags;

        private Values(int count) {
            got = relation < 0 ? Held.this.got : new double[count];
            want = new double[count];
            sigma = new double[count];
            deterministic = new double[count];
            flags = new byte[count];
        }

        /// Whether what the device returned is what is expected here.
        boolean holds(int i) {
            return holds(i, got[i]);
        }

        /// Whether a value is what is expected here.
        boolean holds(int i, double answer) {
            if ((flags[i] & ExpectedBlock.ANY) != 0) {
                return true;
            }
            double expected = want[i];
            if (!Double.isFinite(expected) || !Double.isFinite(answer)) {
                boolean overflows = Double.isInfinite(answer)
                        && Double.isInfinite(dtype.round(Math.abs(expected)))
                        && Math.signum(answer) == Math.signum(expected);
                return Double.compare(answer, expected) == 0
                        || overflows
                        || (!Double.isFinite(answer) && (flags[i] & ExpectedBlock.OR_NOT_FINITE) != 0);
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
                return answer == dtype.round(expected) || Math.abs(answer - expected) <= rounding * (1 - 0x1p-40);
            }
            return Math.abs(answer - expected) <= rounding + before;
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
