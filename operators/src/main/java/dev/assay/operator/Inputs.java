package dev.assay.operator;

import dev.assay.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/// Values of the inputs of a call by name, on the host. Absent inputs are missing.
public final class Inputs {
    private final Map<String, Tensor> tensors;

    public Inputs(Map<String, Tensor> tensors) {
        this.tensors = new LinkedHashMap<>(tensors);
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /// Throws IllegalArgumentException if the input is absent.
    public Tensor get(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no input '" + name + "', there are " + tensors.keySet());
        }
        return tensor;
    }
}
