package org.lowbit4j.plan;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.lowbit4j.updater.LowBitConfig;
import org.lowbit4j.updater.StateConfig;

/** The fluent setters of a configuration, by name. */
final class Setters {

  private Setters() {}

  /** The names of the properties that a configuration has setters for. */
  static Set<String> names(LowBitConfig<?> config) {
    Set<String> names = new TreeSet<>();
    setters(config).forEach(m -> names.add(m.getName()));
    return names;
  }

  /**
   * Sets a property.
   *
   * @throws IllegalArgumentException if there is no such property, or the value is none of it
   */
  static void set(LowBitConfig<?> config, String property, Object value) {
    Object[] converted = new Object[1];
    Method setter =
        setters(config)
            .filter(m -> m.getName().equals(property))
            .filter(m -> (converted[0] = convert(value, m.getParameterTypes()[0])) != null)
            .findFirst()
            .orElseThrow(() -> unknown(config, property, value));
    try {
      setter.invoke(config, converted[0]);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException) {
        throw (RuntimeException) e.getCause();
      }
      throw new AssertionError(e);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private static IllegalArgumentException unknown(
      LowBitConfig<?> config, String property, Object value) {
    Set<String> names = names(config);
    String type = config.getClass().getSimpleName();
    return new IllegalArgumentException(
        names.contains(property)
            ? property + " of " + type + " cannot be " + value + ", a " + typeName(value) + "."
            : type + " has no property " + property + "; it has " + names + ".");
  }

  private static String typeName(Object value) {
    return value == null ? "null" : value.getClass().getSimpleName();
  }

  private static Stream<Method> setters(LowBitConfig<?> config) {
    return Stream.of(config.getClass().getMethods())
        .filter(m -> m.getParameterCount() == 1 && !m.isBridge())
        .filter(m -> !Modifier.isStatic(m.getModifiers()))
        .filter(m -> StateConfig.class.isAssignableFrom(m.getReturnType()));
  }

  /** The value as a setter takes it; null if it does not. */
  private static Object convert(Object value, Class<?> type) {
    if (value instanceof Number && type.isPrimitive()) {
      Number n = (Number) value;
      if (type == double.class) {
        return n.doubleValue();
      }
      boolean whole = n.doubleValue() == n.longValue();
      if (type == long.class && whole) {
        return n.longValue();
      }
      return type == int.class && whole && n.intValue() == n.longValue() ? n.intValue() : null;
    }
    if (type == boolean.class) {
      return value instanceof Boolean ? value : null;
    }
    return type.isInstance(value) ? value : null;
  }
}
