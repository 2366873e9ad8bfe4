"""Pages for the browser. For the author: the workbench of `dispatch preview --web`."""
