"""What each kind of dispatch does at its steps; `dispatching` knows the steps, a `Job` the
document.
"""
