package dev.assay.results;

import dev.assay.HarnessException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The columns of a record, looked up once.
///
/// @param <R> the record
final class Columns<R extends Record> {
    static final String FIX = "restore the file from the run that wrote it; it is not repaired silently";
    private static final int SHOWN = 80;

    private final List<Column> columns = new ArrayList<>();
    private final List<MethodHandle> accessors = new ArrayList<>();
    private final MethodHandle constructor;
    private final List<String> names;

    Columns(Class<R> type) {
        RecordComponent[] components = type.getRecordComponents();
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            for (RecordComponent component : components) {
                columns.add(Column.of(component));
                accessors.add(lookup.unreflect(component.getAccessor())
                        .asType(MethodType.methodType(Object.class, Record.class)));
            }
            constructor = lookup.unreflectConstructor(type.getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new)))
                    .asSpreader(Object[].class, components.length)
                    .asType(MethodType.methodType(Record.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the components of " + type + " cannot be reached", e);
        }
        names = columns.stream().map(Column::name).toList();
    }

    int count() {
        return columns.size();
    }

    List<String> names() {
        return names;
    }

    /// The row as it is written.
    List<String> cells(R row) {
        List<String> cells = new ArrayList<>(columns.size());
        for (MethodHandle accessor : accessors) {
            cells.add(Column.cell(value(accessor, row)));
        }
        return cells;
    }

    private static @Nullable Object value(MethodHandle accessor, Record row) {
        try {
            return (@Nullable Object) accessor.invokeExact(row);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a component cannot be read", e);
        }
    }

    /// The value of one cell. Throws [HarnessException] if it would not have been written so.
    @Nullable
    Object value(int column, String cell, Path file, long line) {
        try {
            return columns.get(column).parse(cell);
        } catch (IllegalArgumentException e) {
            throw malformed(file, line, "column " + columns.get(column).name() + " holds '" + shown(cell) + "'", e);
        }
    }

    static String shown(String cell) {
        return cell.length() <= SHOWN
                ? cell
                : cell.substring(0, SHOWN) + "...', " + cell.length() + " characters: '...";
    }

    /// The row with these values. Throws [HarnessException] if the record refuses them.
    R row(@Nullable Object[] values, Path file, long line) {
        try {
            @SuppressWarnings("unchecked") // the constructor is that of R
            R row = (R) (Record) constructor.invokeExact(values);
            return row;
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw malformed(file, line, "the row cannot be read: " + e.getMessage(), e);
        }
    }

    static HarnessException malformed(Path file, long line, String what) {
        return new HarnessException(what, file + ", line " + line, FIX);
    }

    static HarnessException malformed(Path file, long line, String what, Throwable cause) {
        return new HarnessException(what, file + ", line " + line, FIX, cause);
    }
}
