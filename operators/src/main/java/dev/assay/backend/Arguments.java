package dev.assay.backend;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The tensors of a launch by name. An optional input or output that the call leaves out is absent.
///
/// An output that aliases an input lies at the same place as that input.
public final class Arguments {
    private final Map<String, Argument> inputs;
    private final Map<String, Argument> outputs;
    private final Optional<Argument> workspace;

    public Arguments(Map<String, Argument> inputs, Map<String, Argument> outputs, Optional<Argument> workspace) {
        this.inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        this.outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        this.workspace = workspace;
    }

    /// Throws IllegalArgumentException if the call has no such input.
    public Argument input(String name) {
        return required(inputs, name, "input");
    }

    public Argument output(String name) {
        return required(outputs, name, "output");
    }

    private static Argument required(Map<String, Argument> map, String name, String kind) {
        Argument argument = map.get(name);
        if (argument == null) {
            throw new IllegalArgumentException(
                    "no " + kind + " '" + name + "' in this launch, there are " + map.keySet());
        }
        return argument;
    }

    /// Those present, in the order of the operator's signature.
    public Map<String, Argument> inputs() {
        return inputs;
    }

    public Map<String, Argument> outputs() {
        return outputs;
    }

    /// Scratch memory, present if the kernel asked for some. Its content is garbage before every run.
    public Optional<Argument> workspace() {
        return workspace;
    }
}
