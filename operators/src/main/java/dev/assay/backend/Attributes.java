package dev.assay.backend;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/// Attributes of a call by name. Those with a default are always there; those without may be absent.
///
/// @param values in the order of their names
public record Attributes(SortedMap<String, Attribute> values) {
    public static final Attributes NONE = new Attributes(new TreeMap<>());

    public Attributes {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static Attributes of(Map<String, Attribute> values) {
        return new Attributes(new TreeMap<>(values));
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public Optional<Attribute> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /// An integer attribute that has a default, so that it is always there. Throws IllegalArgumentException if it
    /// is absent or of another kind, as all that follow.
    public long integer(String name) {
        return required(name, Attribute.Int.class).value();
    }

    public OptionalLong findInteger(String name) {
        return has(name) ? OptionalLong.of(integer(name)) : OptionalLong.empty();
    }

    public double real(String name) {
        return required(name, Attribute.Real.class).value();
    }

    public OptionalDouble findReal(String name) {
        return has(name) ? OptionalDouble.of(real(name)) : OptionalDouble.empty();
    }

    public String text(String name) {
        return required(name, Attribute.Text.class).value();
    }

    public List<Long> integers(String name) {
        return required(name, Attribute.Ints.class).values();
    }

    private <A extends Attribute> A required(String name, Class<A> kind) {
        Attribute value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no attribute '" + name + "', there are " + values.keySet());
        }
        if (!kind.isInstance(value)) {
            throw new IllegalArgumentException("attribute '" + name + "' is "
                    + value.getClass().getSimpleName() + " " + value + ", not " + kind.getSimpleName());
        }
        return kind.cast(value);
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
