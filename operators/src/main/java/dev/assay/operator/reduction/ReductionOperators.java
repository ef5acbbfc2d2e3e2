package dev.assay.operator.reduction;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class ReductionOperators {
    public static final List<Operator> ALL = List.of(
            new ArgMax(),
            new ArgMin(),
            new CumProd(),
            new CumSum(),
            new Hardmax(),
            new LogSoftmax(),
            new LogSumExp(),
            new ReduceL1(),
            new ReduceL2(),
            new ReduceLogSum(),
            new ReduceLogSumExp(),
            new ReduceMax(),
            new ReduceMean(),
            new ReduceMin(),
            new ReduceProd(),
            new ReduceSum(),
            new ReduceSumSquare(),
            new Softmax(),
            new Sort(),
            new TopK());

    private ReductionOperators() {}
}
