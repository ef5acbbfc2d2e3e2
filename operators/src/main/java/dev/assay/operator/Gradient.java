package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import java.util.Map;
import java.util.TreeMap;

/// A backward operator: the gradients of a scalar with respect to inputs of a forward operator, given those with
/// respect to its outputs.
///
/// It says where each of its inputs comes from in a forward call, so that a backward call follows from a forward one
/// and
/// every backward reference can be held against the forward reference. Inputs that the forward call lacks, and outputs
/// that are gradients of them, are left out.
public interface Gradient extends Operator {

    /// The operator whose gradient this is. It need not be in the catalogue.
    Operator forward();

    /// Where each input of the signature comes from, by its name.
    Map<String, Source> sources();

    /// Of which forward input each output of the signature is the gradient, by the output's name. Forward inputs that
    /// are not listed, such as integers, have none.
    Map<String, String> gradients();

    /// The attributes of the backward call. The default hands on those of the forward call that this operator has too.
    default Map<String, Attribute> attributes(Call forward) {
        Map<String, Attribute> shared = new TreeMap<>(forward.attributes().values());
        shared.keySet()
                .removeIf(name -> signature().attributes().stream()
                        .noneMatch(attribute -> attribute.name().equals(name)));
        return shared;
    }

    /// Where an input of a backward call comes from.
    sealed interface Source {

        /// The gradient of the scalar with respect to an output of the forward call.
        record Cotangent(String output) implements Source {}

        /// An input of the forward call.
        record Input(String input) implements Source {}

        /// What the forward call returned, kept for the way back.
        record Output(String output) implements Source {}

        static Source cotangent(String output) {
            return new Cotangent(output);
        }

        static Source input(String input) {
            return new Input(input);
        }

        static Source output(String output) {
            return new Output(output);
        }
    }
}
