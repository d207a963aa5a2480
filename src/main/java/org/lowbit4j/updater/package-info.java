/**
 * What every optimizer has: the properties of a configuration ({@link
 * org.lowbit4j.updater.LowBitConfig} and its subclasses) and the engine that turns gradients into
 * updates ({@link org.lowbit4j.updater.LowBitUpdater}).
 */
package org.lowbit4j.updater;
