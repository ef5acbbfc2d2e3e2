package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Parallel;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Relation;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// One output held against the reference, element by element.
///
/// Fails closed: an element counts as right only if its error was shown to be within its bound.
final class Comparison {
    private static final int CHUNK = 1 << 14;
    /// Where [#sift] begins to look, in units of the final rounding: few right elements lie above.
    private static final double ALMOST_WORST = 1 - 0x1p-10;
    /// What it keeps in mind: the worst of right elements mostly lies above.
    private static final double OFTEN_WORST = 0.99;
    /// Elements that the tightness is the median over, at most.
    private static final int TIGHTNESS_SAMPLES = 4096;

    private final String output;
    private final Shape shape;
    private final ErrorBound bound;
    private final boolean specialInputs;
    private final Tally total;
    private final ErrorStatistics statistics;
    private final List<Double> tightness = new ArrayList<>();
    private final boolean related;
    private boolean sampled;
    private Optional<Projected> projected = Optional.empty();
    private double[] got = new double[0];

    /// @param cluster elements that share a part of their error, see `Oracle.cluster`
    Comparison(String output, Shape shape, ErrorBound bound, boolean specialInputs, long cluster) {
        this(output, shape, bound, specialInputs, new ErrorStatistics(shape, bound, cluster), false);
    }

    /// @param related whether it is a relation that is looked at, and `output` its left side
    private Comparison(
            String output,
            Shape shape,
            ErrorBound bound,
            boolean specialInputs,
            ErrorStatistics statistics,
            boolean related) {
        this.related = related;
        this.output = output;
        this.shape = shape;
        this.bound = bound;
        this.specialInputs = specialInputs;
        this.total = new Tally(shape.rank());
        this.statistics = statistics;
    }

    /// All outputs that the call asks for, in order, and the relations between them.
    ///
    /// @param sampled of outputs whose oracle is cheap only samples, sums over the rest, and
    ///     elements that are not finite
    static List<Comparison> all(
            Call call,
            ComputeContract contract,
            Oracle oracle,
            Map<String, Tensor> outputs,
            boolean specialInputs,
            boolean sampled) {
        List<Comparison> comparisons = new ArrayList<>();
        Observed observed =
                position -> required(outputs, call.outputs().get(position).name());
        for (int position = 0; position < call.outputs().size(); position++) {
            Operand operand = call.outputs().get(position);
            if (operand.spec().isPresent()) {
                String name = operand.name();
                Tensor actual = required(outputs, name);
                Optional<CheapOracle> cheap = sampled ? oracle.cheap(position) : Optional.empty();
                comparisons.add(
                        cheap.isPresent()
                                ? samples(
                                        name, position, contract, oracle, cheap.get(), observed, actual, specialInputs)
                                : of(name, position, contract, oracle, observed, actual, specialInputs));
            }
        }
        for (Relation relation : oracle.relations()) {
            comparisons.add(of(relation, contract, observed));
        }
        return comparisons;
    }

    /// A relation's left side held against its right side.
    private static Comparison of(Relation relation, ComputeContract contract, Observed observed) {
        Shape shape = relation.shape();
        ErrorBound bound = new ErrorBound(relation.dtype(), contract, shape.elements());
        Comparison comparison =
                new Comparison(relation.name(), shape, bound, false, new ErrorStatistics(shape, bound, 1), true);
        Relation.Sides sides = relation.sides(observed);
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : Region.rows(shape, ExpectedBlock.USUAL_CAPACITY)) {
            int count = Math.toIntExact(region.elements());
            block.reset(region);
            double[] left = new double[count];
            long first = region.number(shape, 0);
            Parallel.forEach(count, i -> {
                left[i] = sides.actual(first + i);
                sides.expect(first + i, block, i);
            });
            comparison.total.add(comparison.tally(block, left, i -> i, region));
        }
        return comparison;
    }

    private static Comparison samples(
            String name,
            int position,
            ComputeContract contract,
            Oracle oracle,
            CheapOracle cheap,
            Observed observed,
            Tensor actual,
            boolean specialInputs) {
        Shape shape = oracle.shape(position);
        if (!shape.equals(actual.shape())) {
            throw new IllegalStateException("output " + name + " is " + actual.shape() + " and not " + shape);
        }
        ErrorBound bound = new ErrorBound(actual.dtype(), contract, shape.elements());
        ErrorStatistics statistics = ErrorStatistics.ofSamples(shape, bound, oracle.cluster(position));
        Comparison comparison = new Comparison(name, shape, bound, specialInputs, statistics, false);
        Projected sums = new Projected(name, shape, actual.dtype(), cheap.projections());
        ExpectedBlock block = new ExpectedBlock();
        List<Region> samples = cheap.samples();
        for (Region region : samples) {
            block.reset(region);
            cheap.expect(region, observed, block);
            comparison.look(block, region, actual);
            statistics.takeSample(block, region, comparison.got);
            sums.learn(block, region);
        }
        for (Region region : NotFinite.outside(samples, actual, cheap)) {
            block.reset(region);
            cheap.expect(region, observed, block);
            comparison.look(block, region, actual);
        }
        comparison.sampled = comparison.total.elements != shape.elements();
        if (cheap.projections() > 0) {
            cheap.project(actual, sums);
            comparison.projected = Optional.of(sums);
        }
        return comparison;
    }

    private static Tensor required(Map<String, Tensor> outputs, String name) {
        Tensor tensor = outputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("the call has no output " + name);
        }
        return tensor;
    }

    static Comparison of(
            String name,
            int position,
            ComputeContract contract,
            Oracle oracle,
            Observed observed,
            Tensor actual,
            boolean specialInputs) {
        Shape shape = oracle.shape(position);
        if (!shape.equals(actual.shape())) {
            throw new IllegalStateException("output " + name + " is " + actual.shape() + " and not " + shape);
        }
        ErrorBound bound = new ErrorBound(actual.dtype(), contract, shape.elements());
        Comparison comparison = new Comparison(name, shape, bound, specialInputs, oracle.cluster(position));
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(position, region, observed, block);
            comparison.take(block, region, actual);
        }
        if (comparison.total.elements != shape.elements()) {
            throw new IllegalStateException("the reference gave " + comparison.total.elements + " of "
                    + shape.elements() + " elements of output " + name);
        }
        return comparison;
    }

    /// Holds the elements of a box against what is expected of them.
    void take(ExpectedBlock block, Region region, Tensor actual) {
        read(block, region, actual);
        statistics.take(block, region, got);
        compare(block, got, region);
    }

    /// The same without statistics.
    private void look(ExpectedBlock block, Region region, Tensor actual) {
        read(block, region, actual);
        compare(block, got, region);
    }

    private void read(ExpectedBlock block, Region region, Tensor actual) {
        if (got.length < block.elements()) {
            got = new double[block.elements()];
        }
        read(actual, region, got);
        if (actual.dtype().bits() == 64 && !actual.dtype().isFloat()) {
            for (int i = 0; i < block.elements(); i++) {
                long code = actual.codeAt(actual.position(region.number(actual.shape(), i)));
                double beyond = ExpectedBlock.beyond(code, actual.dtype());
                if (beyond != 0 || block.lows()[i] != 0) {
                    block.lows()[i] -= beyond;
                }
            }
        }
    }

    /// Decodes the elements of a box, run by run.
    private static void read(Tensor tensor, Region region, double[] into) {
        long inner = region.rank() == 0 ? 1 : region.size().dim(-1);
        if (region.hasGaps() && inner > 0) {
            int runs = Math.toIntExact(region.elements() / inner);
            Parallel.forEach(runs, run -> {
                for (int at = Math.toIntExact(run * inner); at < (run + 1) * inner; at++) {
                    into[at] = tensor.get(region.number(tensor.shape(), at));
                }
            });
            return;
        }
        boolean wholeRows = region.rank() > 0 && inner == tensor.shape().dim(-1);
        if (inner == 0) {
            return;
        }
        int runs = Math.toIntExact(region.elements() / inner);
        if (wholeRows && isOneRun(region, tensor.shape())) {
            int count = Math.toIntExact(region.elements());
            long first = region.number(tensor.shape(), 0);
            Parallel.forEach(
                    Math.ceilDiv(count, CHUNK),
                    part -> tensor.decode(
                            first + (long) part * CHUNK, Math.min(CHUNK, count - part * CHUNK), into, part * CHUNK));
            return;
        }
        Parallel.forEach(runs, run -> {
            int at = Math.toIntExact(run * inner);
            tensor.decode(region.number(tensor.shape(), at), Math.toIntExact(inner), into, at);
        });
    }

    /// Whether a box's elements follow each other in the tensor.
    private static boolean isOneRun(Region region, Shape shape) {
        int axis = region.rank();
        while (axis > 0 && region.size().dim(axis - 1) == shape.dim(axis - 1)) {
            axis--;
        }
        for (int outer = 0; outer < axis - 1; outer++) {
            if (region.size().dim(outer) != 1) {
                return false;
            }
        }
        return true;
    }

    private void compare(ExpectedBlock block, double[] got, Region region) {
        sampleTightness(block);
        if (block.leavesErrors()) {
            sift(block, got, region);
        } else {
            total.add(tally(block, got, i -> i, region));
        }
    }

    private Tally tally(ExpectedBlock block, double[] got, IntUnaryOperator numbers, Region region) {
        int elements = block.elements();
        int parts = Math.ceilDiv(elements, CHUNK);
        Tally[] tallies = new Tally[parts];
        Parallel.forEach(parts, part -> {
            Tally tally = new Tally(shape.rank());
            tallies[part] = tally;
            int from = part * CHUNK;
            scan(block, got, from, Math.min(elements, from + CHUNK), numbers, region, tally);
        });
        Tally sum = new Tally(shape.rank());
        for (Tally tally : tallies) {
            sum.add(tally);
        }
        return sum;
    }

    /// Where errors are worked out on demand: an element within the final rounding is right whatever its
    /// sum may
    /// have lost. Closer looked at are the others, those that may be the worst of the right ones, and all
    /// if it
    /// takes that to see one that zero would not pass for.
    private void sift(ExpectedBlock block, double[] got, Region region) {
        double caught = Math.clamp(total.worstRatio, OFTEN_WORST, 1);
        Sieve sieve = new Sieve(block, got, bound, caught);
        total.maxUlp = Math.max(total.maxUlp, sieve.largestUlps());
        int[] first = sieve.mayExceed(Math.clamp(total.worstRatio, ALMOST_WORST, 1), sieve.caught());
        int looked = look(first, block, got, region);
        int[] others = IntStream.of(sieve.caught())
                .filter(i -> Arrays.binarySearch(first, i) < 0)
                .toArray();
        looked += look(sieve.mayExceed(Math.min(1, total.worstRatio), others), block, got, region);
        if (total.worstRatio < caught) {
            looked += look(sieve.between(total.worstRatio, caught), block, got, region);
        }
        total.elements += block.elements() - looked;
        if (!total.informative) {
            total.informative = tally(block, got, i -> i, region).informative;
        }
    }

    private int look(int[] elements, ExpectedBlock block, double[] got, Region region) {
        double[] theirs = new double[elements.length];
        Arrays.setAll(theirs, n -> got[elements[n]]);
        total.add(tally(block.pick(elements), theirs, n -> elements[n], region));
        return elements.length;
    }

    /// The loop that every element passes; all but the few that need a closer look leave it after one
    /// comparison.
    ///
    /// @param numbers the box's element at an index of the block
    private void scan(
            ExpectedBlock block, double[] got, int from, int to, IntUnaryOperator numbers, Region region, Tally tally) {
        double[] values = block.values();
        double[] lows = block.lows();
        double[] sigmas = block.sigmas();
        double[] deterministic = block.deterministic();
        double worst = tally.worstRatio;
        double largestUlps = tally.maxUlp;
        boolean informative = tally.informative;
        for (int i = from; i < to; i++) {
            double want = values[i];
            double error = Math.abs((got[i] - want) - lows[i]);
            double before = bound.beforeRounding(want, sigmas[i], deterministic[i]);
            double ulp = bound.ulp(want);
            double limit = bound.rounding(want) + before;
            // Never `error > limit`: NaN must land in the other branch, and so must an infinite limit.
            if (error <= limit && before > 0 && limit < Double.POSITIVE_INFINITY) {
                informative |= Math.abs(want) > limit;
                if (error > worst * limit) {
                    worst = error / limit;
                }
                if (error > largestUlps * ulp) {
                    largestUlps = error / ulp;
                }
            } else {
                tally.worstRatio = worst;
                tally.maxUlp = largestUlps;
                tally.informative = informative;
                look(block, got[i], i, numbers, region, tally);
                worst = tally.worstRatio;
                largestUlps = tally.maxUlp;
                informative = tally.informative;
            }
        }
        tally.worstRatio = worst;
        tally.maxUlp = largestUlps;
        tally.informative = informative;
        tally.elements += to - from;
    }

    /// An element that is exact, not finite, at a binade's end, or wrong.
    private void look(ExpectedBlock block, double got, int i, IntUnaryOperator numbers, Region region, Tally tally) {
        double want = block.values()[i];
        double low = block.lows()[i];
        byte flags = block.flags()[i];
        if ((flags & ExpectedBlock.ANY) != 0) {
            return;
        }
        boolean openToInfinity = (flags & ExpectedBlock.OR_NOT_FINITE) != 0;
        double before = bound.beforeRounding(want, block.sigmas()[i], block.deterministic()[i]);
        boolean exact = before == 0;
        tally.informative |= !openToInfinity && (exact || !Double.isFinite(want));
        if (!Double.isFinite(want) || !Double.isFinite(got)) {
            boolean right = (openToInfinity && !Double.isFinite(got))
                    || (Double.isNaN(want) ? Double.isNaN(got) : got == want)
                    || (Double.isInfinite(got)
                            && Math.signum(got) == Math.signum(want)
                            && bound.mayBecomeInfinite(want, before));
            if (!right) {
                boolean special = !Double.isFinite(want) || specialInputs;
                tally.mismatch(
                        kind(special ? Mismatch.SPECIAL : exact ? Mismatch.EXACT : Mismatch.BOUND),
                        region.coordinates(numbers.applyAsInt(i)),
                        want,
                        got,
                        Double.isFinite(want) ? bound.rounding(want) + before : 0,
                        Double.POSITIVE_INFINITY);
            }
            return;
        }
        double error = Math.abs((got - want) - low);
        double limit = bound.rounding(want) + before;
        // The rounding happens where the device's value lies, which may be the next binade.
        limit = Math.max(limit, bound.rounding(Math.abs(want) + limit) + before);
        boolean right = exact ? bound.isExact(got, want, low) : error <= limit || bound.cutOff(want, before, got);
        if (right) {
            double ratio = error == 0 ? 0 : error / limit;
            tally.worstRatio = Math.max(tally.worstRatio, Math.min(1, ratio));
            tally.maxUlp = Math.max(tally.maxUlp, error / bound.ulp(want));
            tally.informative |= Math.abs(want) > limit;
            return;
        }
        if (exact) {
            // Told as the rounded value: the exact one may be none of the output's type.
            double only = bound.exact(want, low);
            tally.maxUlp = Math.max(tally.maxUlp, Math.abs(got - only) / bound.ulp(want));
            tally.mismatch(
                    kind(Mismatch.EXACT),
                    region.coordinates(numbers.applyAsInt(i)),
                    only,
                    got,
                    0,
                    Double.POSITIVE_INFINITY);
            return;
        }
        tally.maxUlp = Math.max(tally.maxUlp, error / bound.ulp(want));
        tally.mismatch(
                kind(Mismatch.BOUND), region.coordinates(numbers.applyAsInt(i)), want, got, limit, error / limit);
    }

    private Mismatch kind(Mismatch ofElement) {
        return related ? Mismatch.RELATION : ofElement;
    }

    private void sampleTightness(ExpectedBlock block) {
        int step = Math.max(1, Math.toIntExact(Math.min(Integer.MAX_VALUE, shape.elements() / TIGHTNESS_SAMPLES)));
        int samples = Math.ceilDiv(block.elements(), step);
        ExpectedBlock part =
                block.pick(IntStream.range(0, samples).map(n -> n * step).toArray());
        for (int n = 0; n < samples; n++) {
            double want = part.values()[n];
            if (Double.isFinite(want) && (part.flags()[n] & ~ExpectedBlock.GUARDED) == 0) {
                double before = bound.beforeRounding(want, part.sigmas()[n], part.deterministic()[n]);
                double limit = before + bound.rounding(want);
                tightness.add(limit / bound.ulp(want));
                total.informative |= Math.abs(want) > limit;
            }
        }
    }

    String output() {
        return output;
    }

    Shape shape() {
        return shape;
    }

    Tally tally() {
        return total;
    }

    ErrorStatistics.Summary statistics() {
        return statistics.summary();
    }

    /// Whether some elements were not looked at one by one.
    boolean isSampled() {
        return sampled;
    }

    /// Sums over the output, where they were taken.
    Optional<Projected> projected() {
        return projected;
    }

    /// Bounds in ulps of the output, of some elements.
    List<Double> tightness() {
        return tightness;
    }

    /// Why an element is wrong.
    enum Mismatch {
        /// It has one right value and holds another.
        EXACT,
        /// Its error exceeds its bound.
        BOUND,
        /// NaN, an infinity or a finite value where another of these belongs.
        SPECIAL,
        /// It is one of the left side of a relation, and not what the right side says.
        RELATION
    }

    /// What was counted over some elements.
    static final class Tally {
        long elements;
        double worstRatio;
        double maxUlp;
        /// Whether some element, had it been zero, would have been found wrong.
        boolean informative;

        private final Map<Mismatch, Wrong> wrong = new EnumMap<>(Mismatch.class);
        private final int rank;

        Tally(int rank) {
            this.rank = rank;
        }

        void mismatch(Mismatch kind, long[] at, double want, double got, double limit, double howMuch) {
            // A bound that is no number explains nothing.
            double ratio = Double.isNaN(howMuch) ? Double.POSITIVE_INFINITY : howMuch;
            worstRatio = Math.max(worstRatio, ratio);
            wrong.computeIfAbsent(kind, k -> new Wrong(rank)).take(at, want, got, limit, ratio);
        }

        void add(Tally other) {
            elements += other.elements;
            worstRatio = Math.max(worstRatio, other.worstRatio);
            maxUlp = Math.max(maxUlp, other.maxUlp);
            informative |= other.informative;
            other.wrong.forEach((kind, later) -> wrong.merge(kind, later, Wrong::merged));
        }

        /// Wrong elements of a kind; count 0 if there are none.
        Wrong wrong(Mismatch kind) {
            return wrong.getOrDefault(kind, new Wrong(rank));
        }

        long mismatches() {
            long count = 0;
            for (Mismatch kind : Mismatch.values()) {
                count += wrong(kind).count;
            }
            return count;
        }
    }

    /// Wrong elements: how many, the worst of them, and the box that holds them.
    static final class Wrong {
        long count;
        double ratio = -1;
        double expected;
        double actual;
        double limit;
        long[] at;
        final long[] lowest;
        final long[] highest;

        Wrong(int rank) {
            at = new long[rank];
            lowest = new long[rank];
            highest = new long[rank];
            Arrays.fill(lowest, Long.MAX_VALUE);
            Arrays.fill(highest, -1);
        }

        private void take(long[] where, double want, double got, double allowed, double howMuch) {
            count++;
            for (int axis = 0; axis < where.length; axis++) {
                lowest[axis] = Math.min(lowest[axis], where[axis]);
                highest[axis] = Math.max(highest[axis], where[axis]);
            }
            // Strictly greater: of equally bad elements the first one is named, whatever the number of threads.
            if (howMuch > ratio) {
                ratio = howMuch;
                expected = want;
                actual = got;
                limit = allowed;
                at = where;
            }
        }

        private Wrong merged(Wrong later) {
            count += later.count;
            for (int axis = 0; axis < lowest.length; axis++) {
                lowest[axis] = Math.min(lowest[axis], later.lowest[axis]);
                highest[axis] = Math.max(highest[axis], later.highest[axis]);
            }
            if (later.ratio > ratio) {
                ratio = later.ratio;
                expected = later.expected;
                actual = later.actual;
                limit = later.limit;
                at = later.at;
            }
            return this;
        }
    }
}
