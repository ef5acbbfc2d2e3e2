package dev.assay.operator;

import java.util.Map;

/// A dimension along which a call does the same thing many times, each time on data of its own: the rows of a left
/// operand, the sequences of a batch.
///
/// What such a slice gives must not depend on how many there are, on which place it has, or on its neighbours.
///
/// @param inputs the dimension by name of the input; inputs that are not listed are common to all slices
/// @param outputs the dimension by name of the output; every output has one
public record BatchAxis(Map<String, Integer> inputs, Map<String, Integer> outputs) {
    public BatchAxis {
        inputs = Map.copyOf(inputs);
        outputs = Map.copyOf(outputs);
    }
}
