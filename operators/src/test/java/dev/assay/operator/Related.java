package dev.assay.operator;

import dev.assay.numerics.RuleConstants;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Whether outputs are right where relations between them say so; written anew here, so that the judge
/// is not trusted.
public final class Related {
    private Related() {}

    /// What is wrong with these outputs, by the names of relations, or `element` of an output; empty if
    /// nothing.
    public static List<String> wrong(Oracle oracle, Tensor... outputs) {
        List<String> wrong = new ArrayList<>();
        for (int output = 0; output < outputs.length; output++) {
            Answer answer = Answer.given(oracle, output, outputs);
            boolean right = true;
            for (int i = 0; i < answer.size(); i++) {
                right &= answer.accepts(i, outputs[output].get(i), outputs[output].dtype());
            }
            if (!right) {
                wrong.add("element of " + output);
            }
        }
        for (Relation relation : oracle.relations()) {
            if (worst(relation, outputs) > 1) {
                wrong.add(relation.name());
            }
        }
        return wrong;
    }

    /// The largest error of a relation in units of its bound; infinite for NaN.
    public static double worst(Relation relation, Tensor... outputs) {
        Relation.Sides sides = relation.sides(position -> outputs[position]);
        ExpectedBlock block = new ExpectedBlock();
        double lambda = RuleConstants.lambda(relation.shape().elements());
        DType dtype = relation.dtype();
        double worst = 0;
        for (long number = 0; number < relation.shape().elements(); number++) {
            block.reset(1);
            sides.expect(number, block, 0);
            double want = block.values()[0];
            double error = Math.abs(sides.actual(number) - want);
            double before = block.deterministic()[0] + lambda * block.sigmas()[0];
            double ratio = error / (before + dtype.ulp(Math.abs(want) + before) / 2);
            worst = Math.max(worst, Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio);
        }
        return worst;
    }
}
