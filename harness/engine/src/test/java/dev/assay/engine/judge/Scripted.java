package dev.assay.engine.judge;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// An operator of one input and one output like it, whose expectation a test writes down.
///
/// @param answer what each element should be
/// @param boxes sizes of the boxes along the first dimension, the rest of it in one; empty for one box
/// @param inPlace whether the output lies in the input's memory
record Scripted(Answer answer, List<Long> boxes, boolean inPlace) implements Operator {
    private static final Set<DType> TYPES = EnumSet.allOf(DType.class);

    /// Writes the expectation of the element with this row-major number at a place of the block.
    interface Answer {
        void expect(long number, ExpectedBlock into, int at);
    }

    static Scripted of(Answer answer) {
        return new Scripted(answer, List.of(), false);
    }

    /// Every element has this value, σ = 0 and this D.
    static Scripted of(double value, double deterministic) {
        return of((number, into, at) -> {
            into.values()[at] = value;
            into.deterministic()[at] = deterministic;
        });
    }

    Call call(DType dtype, long... dims) {
        return new CallBuilder(this, "test")
                .input("X", TensorSpec.of(dtype, dims))
                .build();
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public About about() {
        return new About("none", "this test", About.Errors.EXACT);
    }

    @Override
    public Signature signature() {
        Parameter output = Parameter.required("Y", "T", TYPES, "like X");
        return new Signature(
                List.of(Parameter.required("X", "T", TYPES, "anything")),
                List.of(inPlace ? output.inPlaceOf("X") : output),
                List.of());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(call.input("X"));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(0, call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return oracle(call.input("X").shape());
    }

    Oracle oracle(Shape shape) {
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return shape;
            }

            @Override
            public Iterable<Region> regions(int output) {
                if (shape.isEmpty()) {
                    return List.of();
                }
                return boxes.isEmpty() ? List.of(Region.all(shape)) : split(shape);
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                for (int i = 0; i < region.elements(); i++) {
                    answer.expect(region.number(shape, i), into, i);
                }
            }
        };
    }

    private List<Region> split(Shape shape) {
        java.util.ArrayList<Region> regions = new java.util.ArrayList<>();
        long from = 0;
        for (int i = 0; from < shape.dim(0); i++) {
            long size = Math.min(i < boxes.size() ? boxes.get(i) : shape.dim(0), shape.dim(0) - from);
            long[] start = new long[shape.rank()];
            long[] sizes = shape.toArray();
            start[0] = from;
            sizes[0] = size;
            regions.add(Region.of(start, sizes));
            from += size;
        }
        return regions;
    }

    /// Doubles as a block's values.
    static Scripted values(double... values) {
        double[] copy = Arrays.copyOf(values, values.length);
        return of((number, into, at) -> into.values()[at] = copy[(int) number]);
    }
}
