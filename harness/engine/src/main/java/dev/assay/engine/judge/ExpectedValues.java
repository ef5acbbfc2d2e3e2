package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the judge expects of every element of an output, for those who look for a fault elsewhere.
public final class ExpectedValues {
    private final Shape shape;
    private final double[] values;
    private final double[] bounds;

    private ExpectedValues(Shape shape, double[] values, double[] bounds) {
        this.shape = shape;
        this.values = values;
        this.bounds = bounds;
    }

    /// Of every output that was asked for, by name.
    ///
    /// @param outputs what the device returned
    public static Map<String, ExpectedValues> of(
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
        Map<String, ExpectedValues> expected = new LinkedHashMap<>();
        for (int position = 0; position < call.outputs().size(); position++) {
            String name = call.outputs().get(position).name();
            Tensor actual = outputs.get(name);
            if (actual != null) {
                ErrorBound bound =
                        new ErrorBound(actual.dtype(), contract, actual.shape().elements());
                expected.put(name, of(oracle, position, observed, bound));
            }
        }
        return expected;
    }

    private static ExpectedValues of(Oracle oracle, int position, Observed observed, ErrorBound bound) {
        Shape shape = oracle.shape(position);
        int elements = Math.toIntExact(shape.elements());
        double[] values = new double[elements];
        double[] bounds = new double[elements];
        ExpectedBlock block = new ExpectedBlock();
        for (Region region : oracle.regions(position)) {
            block.reset(region);
            oracle.expect(position, region, observed, block);
            for (int i = 0; i < block.elements(); i++) {
                int at = Math.toIntExact(region.number(shape, i));
                values[at] = block.values()[i] + block.lows()[i];
                bounds[at] = limit(block, i, bound);
            }
        }
        return new ExpectedValues(shape, values, bounds);
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

    /// In row-major order.
    public double[] values() {
        return values;
    }

    /// How far an element may be from its value; infinite where anything may stand, 0 where only the value, or its
    /// correct
    /// rounding, is right.
    public double[] bounds() {
        return bounds;
    }
}
