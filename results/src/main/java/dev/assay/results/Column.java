package dev.assay.results;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A column of a table: a component of its record.
///
/// @param name in snake case
/// @param type of the component
/// @param parser of a cell that is not absent; throws IllegalArgumentException for one that is no value
/// @param emptyIsAbsent whether an empty cell means "not measured"
record Column(String name, Class<?> type, Function<String, Object> parser, boolean emptyIsAbsent) {
    private static final Pattern HUMP = Pattern.compile("([a-z0-9])([A-Z])");

    static Column of(RecordComponent component) {
        Class<?> type = component.getType();
        boolean boxed = !type.isPrimitive() && type != String.class && !type.isEnum();
        return new Column(name(component.getName()), type, parser(type), boxed);
    }

    private static String name(String component) {
        return HUMP.matcher(component).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
    }

    private static Function<String, Object> parser(Class<?> type) {
        if (type == String.class) {
            return cell -> cell;
        }
        if (type == long.class || type == Long.class) {
            return Long::valueOf;
        }
        if (type == int.class || type == Integer.class) {
            return Integer::valueOf;
        }
        if (type == double.class || type == Double.class) {
            return Double::valueOf;
        }
        if (type == boolean.class || type == Boolean.class) {
            return Column::truth;
        }
        if (type.isEnum() && Word.class.isAssignableFrom(type)) {
            return cell -> constant(type, cell);
        }
        throw new IllegalStateException("a column cannot be a " + type.getName());
    }

    private static Object truth(String cell) {
        return switch (cell) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    private static Object constant(Class<?> type, String cell) {
        for (Object constant : type.getEnumConstants()) {
            if (((Word) constant).word().equals(cell)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("no such word");
    }

    /// The value of a cell. Throws IllegalArgumentException if it is none, or would be written in another way.
    @Nullable
    Object parse(String cell) {
        if (emptyIsAbsent && cell.isEmpty()) {
            return null;
        }
        Object value = parser.apply(cell);
        String ours = cell(value);
        if (!ours.equals(cell)) {
            throw new IllegalArgumentException("written as '" + ours + "'");
        }
        return value;
    }

    /// A value as it is written.
    static String cell(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Word word -> word.word();
            case String text -> CellText.harmless(text);
            default -> value.toString();
        };
    }
}
