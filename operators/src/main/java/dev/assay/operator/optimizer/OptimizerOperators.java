package dev.assay.operator.optimizer;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class OptimizerOperators {
    public static final List<Operator> ALL = List.of(
            new Adagrad(),
            new Adam(),
            new AdamW(),
            new ClipGradNorm(),
            new Dropout(),
            new DropoutGrad(),
            new GradAccumulate(),
            new IsAllFinite(),
            new Lion(),
            new Momentum(),
            new MuonNewtonSchulz(),
            new Sgd(),
            new StochasticRound(),
            new UnscaleCheckInf(),
            new WeightEma());

    private OptimizerOperators() {}
}
