package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What the judge expects of every element of an output, for those who look for a fault elsewhere.
public final class ElementBounds {
    private final Shape shape;
    private final double[] values;
    private final double[] lows;
    private final double[] bounds;
    private final BitSet open;

    private ElementBounds(Shape shape, double[] values, double[] lows, double[] bounds, BitSet open) {
        this.shape = shape;
        this.values = values;
        this.lows = lows;
        this.bounds = bounds;
        this.open = open;
    }

    /// Thrown where an expectation asks for what no device has returned yet.
    private static final class NothingReturned extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// Of every output that is asked for, by name, as far as it can be told before a device has returned anything:
    /// empty for an output whose right values depend on others that the device chose.
    public static Map<String, Optional<ElementBounds>> beforehand(
            Operator operator, Call call, Map<String, Tensor> inputs, ComputeContract contract) {
        Oracle oracle = operator.oracle(call, new Inputs(inputs), contract);
        Observed nothing = position -> {
            throw new NothingReturned();
        };
        Map<String, Optional<ElementBounds>> expected = new LinkedHashMap<>();
        for (int position = 0; position < call.outputs().size(); position++) {
            Call.Operand output = call.outputs().get(position);
            if (output.spec().isPresent()) {
                TensorSpec spec = output.spec().get();
                ErrorBound bound =
                        new ErrorBound(spec.dtype(), contract, spec.shape().elements());
                expected.put(output.name(), beforehand(oracle, position, nothing, bound, spec.dtype()));
            }
        }
        return expected;
    }

    private static Optional<ElementBounds> beforehand(
            Oracle oracle, int position, Observed nothing, ErrorBound bound, DType dtype) {
        try {
            return Optional.of(of(oracle, position, nothing, bound, dtype));
        } catch (RuntimeException e) {
            // Other threads' exceptions come wrapped.
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof NothingReturned) {
                    return Optional.empty();
                }
            }
            throw e;
        }
    }

    /// Of every output that was asked for, by name.
    ///
    /// @param outputs what the device returned
    public static Map<String, ElementBounds> of(
            Operator operator,
            Call call,
            Map<String, Tensor> inputs,
            Map<String, Tensor> outputs,
            ComputeContract contract) {
        Oracle oracle = operator.oracle(call, new Inputs(inputs), contract);
        Observed observed = position -> {
            Tensor tensor = outputs.get(call.outputs().get(position).name());
            if (tensor == null) {
                throw new IllegalArgumentException("the call has no output number " + position);
            }
            return tensor;
        };
        Map<String, ElementBounds> expected = new LinkedHashMap<>();
        for (int position = 0; position < call.outputs().size(); position++) {
            String name = call.outputs().get(position).name();
            Tensor actual = outputs.get(name);
            if (actual != null) {
                ErrorBound bound =
                        new ErrorBound(actual.dtype(), contract, actual.shape().elements());
                expected.put(name, of(oracle, position, observed, bound, actual.dtype()));
            }
        }
        return expected;
    }

    private static ElementBounds of(Oracle oracle, int position, Observed observed, ErrorBound bound, DType dtype) {
        Shape shape = oracle.shape(position);
        int elements = Math.toIntExact(shape.elements());
        double[] values = new double[elements];
        double[] lows = new double[elements];
        double[] bounds = new double[elements];
        BitSet open = new BitSet(elements);
        boolean wide = dtype.bits() == 64;
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(position, region, observed, block);
            for (int i = 0; i < block.elements(); i++) {
                int at = Math.toIntExact(region.number(shape, i));
                double value = block.values()[i];
                double low = block.lows()[i];
                bounds[at] = limit(block, i, bound);
                open.set(at, (block.flags()[i] & ExpectedBlock.OR_NOT_FINITE) != 0);
                boolean exact = bounds[at] == 0 && Double.isFinite(value);
                if (exact && !(wide && !dtype.isFloat())) {
                    values[at] = bound.exact(value, low);
                } else {
                    values[at] = wide ? value : value + low;
                    lows[at] = wide ? low : 0;
                }
            }
        }
        return new ElementBounds(shape, values, lows, bounds, open);
    }

    private static double limit(ExpectedBlock block, int i, ErrorBound bound) {
        if ((block.flags()[i] & ExpectedBlock.ANY) != 0) {
            return Double.POSITIVE_INFINITY;
        }
        double value = block.values()[i];
        double before = bound.beforeRounding(value, block.sigmas()[i], block.deterministic()[i]);
        if (before == 0 || !Double.isFinite(value)) {
            return 0;
        }
        double limit = bound.rounding(value) + before;
        return Math.max(limit, bound.rounding(Math.abs(value) + limit) + before);
    }

    public Shape shape() {
        return shape;
    }

    /// In row-major order; where nothing else is right, rounded to the output's type.
    public double[] values() {
        return values;
    }

    /// What exact values exceed [#values] by, for outputs of 64 bits; otherwise 0.
    public double[] lows() {
        return lows;
    }

    /// Elements where an infinity or NaN will do too.
    public BitSet open() {
        return open;
    }

    /// How far an element may be from its value; infinite where anything may stand, 0 where only the value is right.
    public double[] bounds() {
        return bounds;
    }
}
