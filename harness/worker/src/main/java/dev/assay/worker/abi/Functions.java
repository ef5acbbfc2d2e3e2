package dev.assay.worker.abi;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;

/// Calls the functions of a library.
final class Functions {
    private final Map<NativeFunction, MethodHandle> handles = new EnumMap<>(NativeFunction.class);
    private final MethodHandle run;

    Functions(NativeLibrary library) {
        for (NativeFunction function : NativeFunction.values()) {
            if (library.has(function)) {
                handles.put(function, library.handle(function));
            }
        }
        this.run = handle(NativeFunction.RUN);
    }

    private MethodHandle handle(NativeFunction function) {
        MethodHandle handle = handles.get(function);
        if (handle == null) {
            throw new IllegalStateException("the library has no function " + function.label());
        }
        return handle;
    }

    int status(NativeFunction function, Object... arguments) {
        return (int) call(function, arguments);
    }

    MemorySegment pointer(NativeFunction function, Object... arguments) {
        return (MemorySegment) call(function, arguments);
    }

    void nothing(NativeFunction function, Object... arguments) {
        call(function, arguments);
    }

    private Object call(NativeFunction function, Object... arguments) {
        try {
            return handle(function).invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// The one that is timed: without anything around it.
    int run(
            MemorySegment device,
            MemorySegment kernel,
            MemorySegment inputs,
            MemorySegment outputs,
            MemorySegment workspace) {
        try {
            return (int) run.invokeExact(device, kernel, inputs, outputs, workspace);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
