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

    /// An integer attribute that has a default, so that it is always there.
    public long integer(String name) {
        return ((Attribute.Int) required(name)).value();
    }

    public OptionalLong findInteger(String name) {
        return find(name).map(a -> OptionalLong.of(((Attribute.Int) a).value())).orElse(OptionalLong.empty());
    }

    public double real(String name) {
        return ((Attribute.Real) required(name)).value();
    }

    public OptionalDouble findReal(String name) {
        return find(name)
                .map(a -> OptionalDouble.of(((Attribute.Real) a).value()))
                .orElse(OptionalDouble.empty());
    }

    public String text(String name) {
        return ((Attribute.Text) required(name)).value();
    }

    public List<Long> integers(String name) {
        return ((Attribute.Ints) required(name)).values();
    }

    private Attribute required(String name) {
        Attribute value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no attribute '" + name + "', there are " + values.keySet());
        }
        return value;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
