/** What runs a step of an optimizer over its state. */
package org.lowbit4j.kernel;
