package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Gradient;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Signature;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Base of the gradients of losses: the gradient of the loss comes first, and rows that are ignored get
/// zeros.
abstract class LossGradient extends Loss implements Gradient {
    LossGradient(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    /// Checks that the gradient of the loss has the loss's shape.
    final void checkCotangent(Call call) {
        Shape expected = reduced(shape(call), check(call));
        require(
                call.input("dY").shape().equals(expected),
                "dY is " + call.input("dY").shape() + ", the loss is " + expected,
                "input dY",
                "give it the shape of the loss");
    }

    /// What the loss of each row is multiplied by.
    record Upstream(Tensor dy, Reduced how, Estimate divisor) {
        static Upstream of(Call call, Tensor dy, Labels labels, LineArithmetic arithmetic) {
            return new Upstream(dy, Reduced.of(call), LossOracle.divisor(labels, arithmetic));
        }

        /// An element of a row's gradient, given that of its unreduced loss, times the weight of its
        /// label.
        ///
        /// Three factors in any order round twice at most besides the division.
        Estimate times(Estimate d, long row, double weight, LineArithmetic arithmetic) {
            Estimate g = Estimate.exact(dy.get(how == Reduced.NONE ? row : 0));
            Estimate result = arithmetic.times(Terms.weighted(d, weight, arithmetic), g);
            if (how != Reduced.MEAN) {
                return result;
            }
            Estimate divided = arithmetic.divided(result, divisor);
            // The upstream gradient may be divided, or the divisor inverted, before anything is multiplied.
            return divided.withSigma(arithmetic.unit() * Math.abs(divided.number()));
        }
    }

    /// The gradient of a row's unreduced loss with respect to its scores.
    @FunctionalInterface
    interface Row {
        Element of(long row, int label);
    }

    /// An element of it.
    @FunctionalInterface
    interface Element {
        Estimate at(int position);

        /// Whether the loss depends on this score at all; otherwise its gradient is 0 whatever `dY` is.
        default boolean reaches(int position) {
            return true;
        }
    }

    /// The oracle of what has the scores' shape.
    static LineOracle oracle(Shape shape, Labels labels, Upstream upstream, LineArithmetic arithmetic, Row gradients) {
        TensorLines lines = TensorLines.along(shape, 1);
        return new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                if (labels.isIgnored(number)) {
                    return (output, i, into, to) -> put(Estimate.exact(0), into, to);
                }
                if (labels.isOpen(number)) {
                    return (output, i, into, to) -> put(Estimate.exact(0).doubting(Estimate.OPEN), into, to);
                }
                Element row = gradients.of(number, Math.toIntExact(labels.of(number)));
                double weight = labels.weight(number);
                return (output, i, into, to) -> put(
                        row.reaches(i) ? upstream.times(row.at(i), number, weight, arithmetic) : Estimate.exact(0),
                        into,
                        to);
            }
        };
    }
}
