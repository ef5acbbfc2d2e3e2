package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.gemm.MatMul.Plan;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// The gradients of products: products themselves, to which the gradient of former steps may be added.
public final class ProductGradient {
    private ProductGradient() {}

    /// The oracle of a gradient, the only output of it.
    ///
    /// @param input type of the operands
    /// @param output type of the gradient
    /// @param shape of the gradient, with the elements of the plan's output in their order
    /// @param before what is added, like the gradient; empty if nothing is
    static Oracle of(
            ComputeContract contract,
            DType input,
            DType output,
            Shape shape,
            Plan plan,
            LargeProduct.Operands operands,
            Optional<Tensor> before) {
        LongFunction<Matrix> left =
                batch -> operands.at(plan.batch().coordinates(batch)).left();
        LongFunction<Matrix> right =
                batch -> operands.at(plan.batch().coordinates(batch)).right();
        int depth = Math.toIntExact(plan.k());
        ProductOracle.Layout layout =
                new ProductOracle.Layout(shape, plan.batch().elements(), plan.m(), plan.n(), depth);
        DType sums = before.isEmpty() ? output : DType.F64;
        Oracle whole = ProductOracle.of(
                contract, input, sums, output, layout, left, right, added(contract, input, output, depth, before));
        Products products = new Products(
                contract,
                input,
                sums,
                RuleConstants.lambda(shape.elements()),
                new Products.Whole(plan.batch().elements(), left, right, plan.m(), plan.n(), depth));
        return new Oracle() {
            @Override
            public Shape shape(int position) {
                return shape;
            }

            @Override
            public long cluster(int position) {
                return whole.cluster(0);
            }

            @Override
            public Iterable<Region> regions(int position) {
                return whole.regions(0);
            }

            // Where the plan's output has the dimensions of the gradient.
            @Override
            public Optional<CheapOracle> cheap(int position) {
                return shape.equals(plan.output())
                        ? LargeProduct.of(plan, operands, products, input, output, before)
                                .map(large -> new Finished(large, whole))
                        : Optional.empty();
            }

            @Override
            public void expect(int position, Region region, Observed device, ExpectedBlock into) {
                whole.expect(0, region, device, into);
            }
        };
    }

    private static ProductOracle.Finish added(
            ComputeContract contract, DType input, DType output, int depth, Optional<Tensor> before) {
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, input);
        Bias bias = new Bias(contract, input, depth);
        return (sum, batch, row, column, element) -> before.ifPresent(tensor -> {
            double term = tensor.get(element);
            sum.pass(arithmetic, 1, value -> value.plus(arithmetic.of(term)), output);
            if (!sum.isExact()) {
                sum.disturb(bias.deviation(term));
            }
        });
    }

    /// The oracle of the sums of a matrix's columns, the only output of it: they pass no multiplier,
    /// so that operands
    /// are not rounded for one.
    ///
    /// @param rows of the matrix
    public static Oracle columnSums(
            ComputeContract contract,
            DType input,
            DType output,
            Matrix matrix,
            int rows,
            long columns,
            Optional<Tensor> before) {
        ComputeContract sums = contract.toBuilder()
                .inputs(InputRounding.NONE)
                .prescaled(Stored.wide())
                .build();
        return ProductOracle.of(
                sums,
                input,
                before.isEmpty() ? output : DType.F64,
                output,
                new ProductOracle.Layout(Shape.of(columns), 1, 1, columns, rows),
                batch -> StackedMatrices.ones(),
                batch -> matrix,
                added(sums, input, output, rows, before));
    }

    /// A cheap oracle whose samples are finished as all elements are.
    private record Finished(CheapOracle large, Oracle whole) implements CheapOracle {
        @Override
        public List<Region> samples() {
            return large.samples();
        }

        @Override
        public Region around(long[] coordinates) {
            return large.around(coordinates);
        }

        @Override
        public void expect(Region region, Observed device, ExpectedBlock into) {
            whole.expect(0, region, device, into);
        }

        @Override
        public long projections() {
            return large.projections();
        }

        @Override
        public void project(Tensor actual, Projections into) {
            large.project(actual, into);
        }
    }
}
