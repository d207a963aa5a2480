/** Checks of what users pass in; used by all other packages. */
package org.lowbit4j.check;
